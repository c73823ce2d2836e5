/* SPDX-License-Identifier: MIT */
/*
 * signal, signalfd: a queued real-time signal each way, rt_sigqueueinfo(2) between
 * processes, rt_tgsigqueueinfo(2) between threads; sigwaitinfo(2) or a signalfd(2).
 *
 * The system calls are made without sigqueue(3), which asks for pid and uid each time.
 * Each side has a number of its own: one task may hold both ends.  Between processes
 * the signal is for the whole process, so the task of an end must be its only thread.
 */
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "kernel/limit-remedy.h"
#include "kernel/raw-syscall.h"

#define WAIT_SECONDS 5

enum presence { NOT_YET, HERE, GONE };

/* A side, on lines of its own in shared memory; written by itself, in enter() and leave(). */
struct party {
	_Alignas(128) uint32_t presence;  /* HERE: its signal is blocked, the rest valid; a futex */
	int32_t pid, tid;
	bool was_blocked;
};

struct signals {
	struct channel_files files;       /* in: what signalfd reads from */
	struct party *parties;
	sigset_t sets[2];                 /* of the one signal that a side receives */
	int numbers[2];
};

/* Every message queued, and the answer, count against the limit of the account. */
static int check_limit(const struct channel_config *config, char *ret_reason)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_SIGPENDING, &limit))
		return -errno;
	if (limit.rlim_cur > config->depth)
		return 0;
	snprintf(ret_reason, CHANNEL_REASON_BYTES,
		 "RLIMIT_SIGPENDING has to be above %u, the signals under way at once: %s",
		 config->depth, limit_remedy(RLIMIT_SIGPENDING));
	return -EAGAIN;
}

static int signal_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct signals *signals = state;
	int error = check_limit(config, ret_reason);

	channel_files_init(&signals->files);
	if (error)
		return error;
	for (int side = 0; side < 2; side++) {
		signals->numbers[side] = SIGRTMIN + side;
		sigemptyset(&signals->sets[side]);
		sigaddset(&signals->sets[side], signals->numbers[side]);
	}
	signals->parties = mmap(NULL, 2 * sizeof(*signals->parties), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return signals->parties == MAP_FAILED ? -errno : 0;
}

static void signal_close(void *state)
{
	struct signals *signals = state;

	munmap(signals->parties, 2 * sizeof(*signals->parties));
	channel_files_close(&signals->files);
}

/* Unblocked it would end the process: only then may the other side know us. */
static int signal_enter(struct channel_end *end)
{
	struct signals *signals = end->state;
	struct party *self = &signals->parties[end->side];
	sigset_t before;
	int error = -pthread_sigmask(SIG_BLOCK, &signals->sets[end->side], &before);

	if (error)
		return error;
	self->was_blocked = sigismember(&before, signals->numbers[end->side]) == 1;
	self->pid = getpid();
	self->tid = gettid();
	__atomic_store_n(&self->presence, HERE, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&self->presence, FUTEX_WAKE, 1, 0, 0, 0);
	return channel_files_enter(end);
}

/* Another task that is still at work, or may be. */
static bool can_send(const struct party *other)
{
	return __atomic_load_n(&other->presence, __ATOMIC_ACQUIRE) == HERE &&
	       other->tid != gettid() &&
	       raw_syscall(SYS_tgkill, other->pid, other->tid, 0, 0, 0, 0) != -ESRCH;
}

/*
 * A signal that is pending, or comes, would end us once it is unblocked: who leaves first
 * ends with it blocked.  Not the mask of before, but one signal of it: the other end may
 * be this task's too, and leave later.
 */
static void signal_leave(struct channel_end *end)
{
	struct signals *signals = end->state;
	struct party *self = &signals->parties[end->side];
	const sigset_t *set = &signals->sets[end->side];
	const struct timespec at_once = { 0 };
	bool is_safe = !can_send(&signals->parties[1 - end->side]);

	__atomic_store_n(&self->presence, GONE, __ATOMIC_RELEASE);
	while (sigtimedwait(set, NULL, &at_once) > 0 || errno == EINTR)
		;
	if (is_safe && !self->was_blocked)
		pthread_sigmask(SIG_UNBLOCK, set, NULL);
	channel_files_leave(end);
}

/* Before the first message only.  Not in enter(): who holds both ends enters them in turn. */
static int wait_for(struct party *other)
{
	const struct timespec limit = { .tv_sec = WAIT_SECONDS };

	while (__atomic_load_n(&other->presence, __ATOMIC_ACQUIRE) == NOT_YET) {
		long result = raw_syscall(SYS_futex, (long)&other->presence, FUTEX_WAIT, NOT_YET,
					  (long)&limit, 0, 0);

		if (result && result != -EINTR && result != -EAGAIN)
			return (int)result;
	}
	return 0;
}

static long queue_signal(const struct channel_end *end, const struct party *other, int number,
			 siginfo_t *info)
{
	if (end->is_process)
		return raw_syscall(SYS_rt_sigqueueinfo, other->pid, number, (long)info, 0, 0, 0);
	return raw_syscall(SYS_rt_tgsigqueueinfo, other->pid, other->tid, number, (long)info, 0, 0);
}

static inline int signal_send(struct channel_end *end, size_t bytes)
{
	struct signals *signals = end->state;
	struct party *self = &signals->parties[end->side];
	struct party *other = &signals->parties[1 - end->side];
	siginfo_t info = { .si_code = SI_QUEUE };
	long result;

	(void)bytes;
	if (__atomic_load_n(&other->presence, __ATOMIC_ACQUIRE) == NOT_YET) {
		result = wait_for(other);
		if (result)
			return (int)result;
	}
	info.si_pid = self->pid;
	info.si_value.sival_int = self->tid;
	do
		result = queue_signal(end, other, signals->numbers[1 - end->side], &info);
	while (result == -EINTR);
	return result == -ESRCH ? -EPIPE : (int)result;
}

/* Anybody of the same account may send the same signal: it must be the other side's. */
static inline int check_sender(const struct channel_end *end, int code, int pid, int value)
{
	const struct signals *signals = end->state;
	const struct party *other = &signals->parties[1 - end->side];

	return code == SI_QUEUE && pid == other->pid && value == other->tid ? 0 : -EBADMSG;
}

static inline int signal_receive(struct channel_end *end, size_t bytes)
{
	const struct signals *signals = end->state;
	siginfo_t info;
	int number;

	(void)bytes;
	do
		number = sigwaitinfo(&signals->sets[end->side], &info);
	while (number == -1 && errno == EINTR);
	if (number == -1)
		return -errno;
	return check_sender(end, info.si_code, info.si_pid, info.si_value.sival_int);
}

CHANNEL_LOOPS(signal);

/* It gives the signals of who reads, not of who made it: open() may be long before. */
static int signalfd_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct signals *signals = state;
	int error = signal_open(state, config, ret_reason);

	if (error)
		return error;
	for (int side = 0; side < 2 && !error; side++) {
		signals->files.in[side] = signalfd(-1, &signals->sets[side], SFD_CLOEXEC);
		if (signals->files.in[side] == -1)
			error = -errno;
	}
	if (error)
		signal_close(state);
	return error;
}

static inline int signalfd_send(struct channel_end *end, size_t bytes)
{
	return signal_send(end, bytes);
}

static inline int signalfd_receive(struct channel_end *end, size_t bytes)
{
	struct signalfd_siginfo info;
	int error = channel_read_packet(end->fd_in, (unsigned char *)&info, sizeof(info), sizeof(info));

	(void)bytes;
	if (error)
		return error;
	return check_sender(end, info.ssi_code, (int)info.ssi_pid, info.ssi_int);
}

CHANNEL_LOOPS(signalfd);

#define SIGNALS(identifier, option, more_traits, text) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_TOKEN | \
			   (more_traits) }, \
		.state_bytes = sizeof(struct signals), \
		.open = identifier##_open, \
		.enter = signal_enter, \
		.leave = signal_leave, \
		.close = signal_close, \
		CHANNEL_HOOKS(identifier), \
	}

SIGNALS(signal, "signal", 0, "a queued real-time signal, sigwaitinfo(2)");
SIGNALS(signalfd, "signalfd", CHANNEL_POLLED,
	"a queued real-time signal, read from a signalfd(2)");
