/* SPDX-License-Identifier: MIT */
#include "channel/switch/ring-watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define ECHO_LOOKS 20
#define ECHO_PAUSE_MS 10

static struct channel_ring *watched;

static void tell_loss(const struct channel_ring *ring, uint32_t number, int code)
{
	const struct channel_ring_lane *lane = &ring->lanes[number];

	/* One that could not enter says so itself: see await_ready(). */
	if (lane->has_refused)
		return;
	if (code == CLD_STOPPED)
		ring->lost("a task of the ring was stopped", 0);
	else if (code == CLD_EXITED)
		ring->lost("a task of the ring failed", lane->error);
	else
		ring->lost("a task of the ring was killed by a signal", -EOWNERDEAD);
}

/* What has become of it: 0, nothing; else a CLD_ code. */
static int fate_of(const struct channel_ring *ring, uint32_t number)
{
	pid_t pid = ring->others[number].pid;
	siginfo_t info = { 0 };

	if (pid <= 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) ||
	    info.si_pid != pid)
		return 0;
	return info.si_code;
}

/* One that ended because it saw its neighbour's end. */
static bool is_echo(const struct channel_ring *ring, uint32_t number, int code)
{
	return code == CLD_EXITED && ring->lanes[number].error == -EPIPE;
}

/* Tells who ended first; returns who ended after it if that is all there is, or 0. */
static uint32_t tell_first(const struct channel_ring *ring)
{
	uint32_t echo = 0;

	for (uint32_t i = 1; i < ring->tasks; i++) {
		int code = fate_of(ring, i);

		if (code && is_echo(ring, i, code))
			echo = i;
		else if (code)
			tell_loss(ring, i, code);
	}
	return echo;
}

/* Other children, and signals that became one: each of ours is asked after.  Who dies
 * closes its descriptors first: its neighbour's end may be there before its own. */
static void on_child(int signal_number)
{
	const struct channel_ring *ring = watched;
	uint32_t echo = 0;

	(void)signal_number;
	if (!ring || ring->is_ending)
		return;
	for (int look = 0; look == 0 || (echo && look < ECHO_LOOKS); look++) {
		if (look)
			poll(NULL, 0, ECHO_PAUSE_MS);
		echo = tell_first(ring);
	}
	if (echo)
		tell_loss(ring, echo, CLD_EXITED);
}

int channel_ring_watch(struct channel_ring *ring)
{
	struct sigaction action = { .sa_handler = ring ? on_child : SIG_DFL,
				    .sa_flags = SA_RESTART };

	watched = ring;
	return sigaction(SIGCHLD, &action, NULL) ? -errno : 0;
}
