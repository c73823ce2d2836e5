/* SPDX-License-Identifier: MIT */
#include "run/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/affinity.h"
#include "kernel/process-tie.h"
#include "measure/identity.h"
#include "run/job.h"

#define PADDING_MOST 4096

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

int worker_seat_answer(const struct worker_order *order, int report_fd, struct round *round)
{
	static char identity[IDENTITY_BYTES_MAX];
	const struct histogram_pair *none[ROUND_SERIES_MAX] = { 0 };
	long bytes = worker_job_identity(order->kind, order->argv, identity);
	int error = bytes < 0 ? (int)bytes : round_write(report_fd, identity, (size_t)bytes);

	return error ? error : round_send(report_fd, round, none);
}

static void say_and_end(const struct worker_order *order, int report_fd, int error,
			const char *step, const char *reason)
{
	static struct round round;

	round_init(&round, order->mechanism);
	round_fail(&round, ROUND_SKIPPED, error, step, reason);
	_exit(worker_seat_answer(order, report_fd, &round) ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int set_memory(const struct memory_policy *policy)
{
	int mode = policy->mode == MEMORY_INTERLEAVE ? MPOL_INTERLEAVE : MPOL_BIND;

	if (!policy->node_count)
		mode = MPOL_LOCAL;
	return set_mempolicy(mode, policy->node_count ? policy->nodes : NULL,
			     policy->node_count ? MEMORY_NODES_MAX + 1 : 0) ? -errno : 0;
}

/* Where memory runs out, the kernel takes the worker, and not who can tell of it. */
static void be_taken_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	/* Without it the largest is taken, which mostly is the worker, too. */
	(void)!write(fd, "1000", 4);
	close(fd);
}

static void take_seat(const struct worker_order *order, int report_fd)
{
	int error = 0;

	be_taken_first();
	if (order->seat && !order->seat->is_float)
		error = affinity_set(order->seat->cpus[0], order->seat->cpus[1]);
	if (error)
		say_and_end(order, report_fd, error, "affinity",
			    "the kernel does not let this process run on those CPUs");
	if (order->memory)
		error = set_memory(order->memory);
	if (error)
		say_and_end(order, report_fd, error, "memory policy",
			    "the kernel does not let this process choose its memory nodes");
	if (order->sched)
		error = sched_policy_apply(order->sched);
	if (error)
		say_and_end(order, report_fd, error, "scheduling policy",
			    order->sched->period_ns && order->seat && !order->seat->is_float
			    ? "a deadline task may not be pinned, and needs CAP_SYS_NICE: use float"
			    : "this account may not use that --sched: CAP_SYS_NICE or RLIMIT_RTPRIO");
}

/*
 * What the supervisor was started with is not the worker's: each descriptor
 * more makes a fork dearer.  Without close_range(2) they stay.
 */
static void close_others(const struct worker_order *order, int report_fd)
{
	int last = STDERR_FILENO;

	for (;;) {
		const int kept[] = { report_fd, order->control_fd, order->ack_fd };
		int next = INT_MAX;

		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (kept[i] > last && kept[i] < next)
				next = kept[i];
		if (next > last + 1)
			syscall(SYS_close_range, last + 1, (unsigned int)next - 1, 0);
		if (next == INT_MAX)
			return;
		last = next;
	}
}

/* A descriptor at the number agreed upon, kept across exec. */
static int place_fd(int from, int to)
{
	if (from < 0)
		return 0;
	if (from == to)
		return fcntl(from, F_SETFD, 0) ? -errno : 0;
	return dup2(from, to) == -1 ? -errno : 0;
}

static int place_fds(const struct worker_order *order, int report_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int report = fcntl(report_fd, F_DUPFD_CLOEXEC, WORKER_ACK_FD + 1);
	int control = order->control_fd < 0
		? -1 : fcntl(order->control_fd, F_DUPFD_CLOEXEC, WORKER_ACK_FD + 1);
	int ack = order->ack_fd < 0
		? -1 : fcntl(order->ack_fd, F_DUPFD_CLOEXEC, WORKER_ACK_FD + 1);

	/* Nothing that a worker or its target says may get into the answer. */
	if (null == -1 || report == -1)
		return -errno;
	if (place_fd(null, STDIN_FILENO) || place_fd(null, STDOUT_FILENO) ||
	    (order->is_hushed && place_fd(null, STDERR_FILENO)) ||
	    place_fd(report, WORKER_REPORT_FD) || place_fd(control, WORKER_CONTROL_FD) ||
	    place_fd(ack, WORKER_ACK_FD))
		return -errno;
	return 0;
}

static void pad_environment(unsigned int bytes)
{
	char padding[PADDING_MOST];

	if (bytes >= sizeof(padding))
		bytes = sizeof(padding) - 1;
	memset(padding, 'x', bytes);
	padding[bytes] = 0;
	setenv("HANDOFF_PADDING", padding, 1);
}

void worker_seat_and_execute(const struct worker_order *order, int report_fd, pid_t keeper)
{
	sigset_t none;
	int error;

	error = process_tie(keeper);
	if (error == -ESRCH)
		_exit(EXIT_FAILURE);
	if (error)
		say_and_end(order, report_fd, error, "seat",
			    "the worker may not order to end with the tool (prctl)");
	/* Ctrl-C is the supervisor's: it ends workers itself. */
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	take_seat(order, report_fd);
	pad_environment(order->padding_bytes);
	close_others(order, report_fd);
	error = place_fds(order, report_fd);
	if (error)
		say_and_end(order, report_fd, error, "descriptors",
			    "/dev/null or a descriptor is missing here");
	execv(order->path, order->argv);
	say_and_end(order, WORKER_REPORT_FD, errno, "execute", order->path);
	_exit(EXIT_FAILURE);
}
