/* SPDX-License-Identifier: MIT */
#include "channel/message/background.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/limit-remedy.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"

/* So long nobody may make headway. */
#define PATIENCE_NS 3500000000u
#define LOOK_NS 1000000

enum { OPENING, READY, REFUSED };

struct channel_background_lane {
	/* The driver's. */
	_Alignas(128) uint64_t messages;
	uint32_t state;            /* futex */
	int32_t error;
	uint32_t agrees;
	char reason[CHANNEL_REASON_BYTES];
	/* The owner's. */
	_Alignas(128) pid_t pid;   /* 0: not made, or collected */
};

struct channel_background_shared {
	_Alignas(128) uint32_t go; /* futex */
	uint32_t stop;
	struct channel_background_lane lanes[];
};

/* Of the driver that this process is: for its signal handler. */
static struct channel_background_lane *own_lane;

static void wait_for_change(uint32_t *word, uint32_t value, long ns)
{
	struct timespec time = { 0, ns };

	raw_syscall(SYS_futex, (long)word, FUTEX_WAIT, value, (long)&time, 0, 0);
}

static void set_and_wake(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)word, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

static bool is_set(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Its other side is gone: the last words of a driver. */
static void lose(const char *reason, int error)
{
	strncpy(own_lane->reason, reason, sizeof(own_lane->reason) - 1);
	own_lane->error = error;
	_exit(1);
}

static struct channel_pair pair_of(const struct channel_background *background, uint32_t i)
{
	struct channel_pair pair = {
		.channel = background->channel, .config = background->config, .duty = background->duty,
		.cpu_a = background->cpu_a, .cpu_b = background->cpu_b, .wait = background->wait,
		.lost = lose,
	};

	pair.config.key += (int)(CHANNEL_NAMES * (i + 1));
	return pair;
}

/* What the measured pair does, as often as it takes. */
static int pass_on(const struct channel_background *background, struct channel_pair *pair)
{
	bool is_stream = pair->duty == CHANNEL_DRAIN;
	int (*run)(struct channel_end *, uint64_t) = is_stream ? pair->channel->pour
							       : pair->channel->ping;
	uint64_t unit = is_stream ? pair->config.depth : 1;
	int error = 0;

	while (!error && !is_set(&background->shared->stop)) {
		error = run(pair->end, unit);
		__atomic_store_n(&own_lane->messages, pair->end->sent, __ATOMIC_RELEASE);
	}
	return error;
}

static bool agrees(const struct channel_pair *pair)
{
	const struct channel_end *end = pair->end;
	const struct channel_lane *lane = pair->lane;

	return end->sent == lane->received && lane->sent == end->received &&
	       end->sum_sent == lane->sum_received && lane->sum_sent == end->sum_received;
}

static int drive(const struct channel_background *background, struct channel_pair *pair)
{
	int error;

	while (!is_set(&background->shared->go))
		wait_for_change(&background->shared->go, 0, 100 * LOOK_NS);
	error = pass_on(background, pair);
	if (!error)
		error = channel_pair_stop(pair);
	own_lane->agrees = !error && agrees(pair);
	return error;
}

/* All of a driver's life. */
__attribute__((noreturn))
static void run_driver(const struct channel_background *background, uint32_t i)
{
	struct channel_pair pair = pair_of(background, i);
	int error;

	signal(SIGCHLD, SIG_DFL);
	if (process_tie(background->creator))
		_exit(1);
	own_lane = &background->shared->lanes[i];
	error = channel_pair_open(&pair, own_lane->reason);
	own_lane->error = error;
	set_and_wake(&own_lane->state, error ? REFUSED : READY);
	if (!error)
		error = drive(background, &pair);
	channel_pair_close(&pair);
	own_lane->error = error;
	_exit(error ? 1 : 0);
}

static int say(char *ret_reason, int error, const char *reason)
{
	snprintf(ret_reason, CHANNEL_REASON_BYTES, "%s", reason);
	return error;
}

/* What has become of a driver that is no more; its own words first. */
static int tell_end(const struct channel_background_lane *lane, const siginfo_t *info, char *ret_reason)
{
	if (info->si_code == CLD_STOPPED)
		return say(ret_reason, -ECHILD, "a pair beside the measured one was stopped");
	if (info->si_code != CLD_EXITED)
		return say(ret_reason, -EOWNERDEAD,
			   "a pair beside the measured one was killed by a signal");
	snprintf(ret_reason, CHANNEL_REASON_BYTES, "a pair beside the measured one failed%s%.150s",
		 *lane->reason ? ": " : "", lane->reason);
	return lane->error ? lane->error : -ECHILD;
}

/* Whether it ended, in whatever way, or stands still; it stays to be collected. */
static bool has_ended(const struct channel_background_lane *lane, siginfo_t *ret_info)
{
	memset(ret_info, 0, sizeof(*ret_info));
	return !waitid(P_PID, (id_t)lane->pid, ret_info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) &&
	       ret_info->si_pid == lane->pid;
}

static bool is_over(uint64_t since)
{
	return clock_raw_ns() - since > PATIENCE_NS;
}

/* Fewer processes than there would have to be: of the account, or of the cgroup. */
static int tell_refusal(int error, char *ret_reason)
{
	if (error == -EAGAIN && !*ret_reason)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "so many processes or threads are not allowed, by RLIMIT_NPROC or pids.max "
			 "of the cgroup: %s, raise pids.max, or ask for fewer pairs",
			 limit_remedy(RLIMIT_NPROC));
	return error;
}

static int await_ready(struct channel_background_lane *lane, char *ret_reason)
{
	uint64_t begin = clock_raw_ns();
	siginfo_t info;

	while (!is_set(&lane->state)) {
		if (has_ended(lane, &info))
			return is_set(&lane->state) ? 0 : tell_end(lane, &info, ret_reason);
		if (is_over(begin))
			return say(ret_reason, -ETIMEDOUT, "a pair beside the measured one did not begin");
		wait_for_change(&lane->state, OPENING, 20 * LOOK_NS);
	}
	if (lane->state == READY)
		return 0;
	say(ret_reason, 0, lane->reason);
	return tell_refusal(lane->error, ret_reason);
}

static int make_driver(struct channel_background *background, uint32_t i, char *ret_reason)
{
	struct channel_background_lane *lane = &background->shared->lanes[i];
	pid_t pid = fork();

	if (pid == 0)
		run_driver(background, i);
	if (pid == -1)
		return tell_refusal(-errno, ret_reason);
	lane->pid = pid;
	return await_ready(lane, ret_reason);
}

int channel_background_begin(struct channel_background *background, char *ret_reason)
{
	int error = 0;

	background->creator = getpid();
	background->bytes = sizeof(*background->shared) +
			    background->count * sizeof(background->shared->lanes[0]);
	background->shared = mmap(NULL, background->bytes, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (background->shared == MAP_FAILED) {
		background->shared = NULL;
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < background->count && !error; i++)
		error = make_driver(background, i, ret_reason);
	return error;
}

uint64_t channel_background_messages(const struct channel_background *background, uint32_t i)
{
	return __atomic_load_n(&background->shared->lanes[i].messages, __ATOMIC_ACQUIRE);
}

/* 1: it has passed a message; 0: not yet; or what has become of it. */
static int see_under_way(struct channel_background *background, uint32_t i, char *ret_reason)
{
	siginfo_t info;

	if (channel_background_messages(background, i))
		return 1;
	return has_ended(&background->shared->lanes[i], &info)
		? tell_end(&background->shared->lanes[i], &info, ret_reason)
		: 0;
}

/* 1: it is collected; 0: not yet; or why it is a loss. */
static int collect(struct channel_background *background, uint32_t i, char *ret_reason)
{
	struct channel_background_lane *lane = &background->shared->lanes[i];
	siginfo_t info;

	if (!lane->pid)
		return 1;
	if (!has_ended(lane, &info))
		return 0;
	if (info.si_code != CLD_EXITED || info.si_status)
		return tell_end(lane, &info, ret_reason);
	waitpid(lane->pid, NULL, 0);
	lane->pid = 0;
	background->agreed += lane->agrees;
	return 1;
}

/* Until all have come so far, as long as one or another does. */
static int await_all(struct channel_background *background, char *ret_reason,
		     int (*step)(struct channel_background *, uint32_t, char *))
{
	uint64_t since = clock_raw_ns();
	uint32_t there = 0, last = 0;

	for (;;) {
		there = 0;
		for (uint32_t i = 0; i < background->count; i++) {
			int result = step(background, i, ret_reason);

			if (result < 0)
				return result;
			there += (uint32_t)result;
		}
		if (there == background->count)
			return 0;
		if (there != last)
			since = clock_raw_ns();
		else if (is_over(since))
			return say(ret_reason, -ETIMEDOUT,
				   "a pair beside the measured one made no headway");
		last = there;
		nanosleep(&(struct timespec){ 0, LOOK_NS }, NULL);
	}
}

int channel_background_go(struct channel_background *background, char *ret_reason)
{
	set_and_wake(&background->shared->go, 1);
	return await_all(background, ret_reason, see_under_way);
}

int channel_background_stop(struct channel_background *background, char *ret_reason)
{
	__atomic_store_n(&background->shared->stop, 1, __ATOMIC_RELEASE);
	return await_all(background, ret_reason, collect);
}

void channel_background_close(struct channel_background *background)
{
	if (!background->shared)
		return;
	for (uint32_t i = 0; i < background->count; i++)
		if (background->shared->lanes[i].pid > 0)
			kill(background->shared->lanes[i].pid, SIGKILL);
	for (uint32_t i = 0; i < background->count; i++)
		while (background->shared->lanes[i].pid > 0 &&
		       waitpid(background->shared->lanes[i].pid, NULL, 0) == -1 && errno == EINTR)
			;
	munmap(background->shared, background->bytes);
	background->shared = NULL;
}
