/* SPDX-License-Identifier: MIT */
#include "channel/pair/pair.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/loops.h"
#include "kernel/affinity.h"
#include "kernel/pages.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"

#define PAGE_BYTES 4096u
/* Of the state behind our end: on cache lines of its own. */
#define STATE_OFFSET 256
/* Looks, a second each: the other side has this long to enter. */
#define READY_LOOKS 3
#define SETTLE_NS 100000000

/* The one whose other side the signal handler watches over. */
static struct channel_pair *watched;

static size_t buffer_bytes(size_t message_bytes)
{
	return (message_bytes + PAGE_BYTES) & ~(size_t)(PAGE_BYTES - 1);
}

int channel_end_init(struct channel_end *end, const struct channel_config *config, void *state,
		     int side, const uint32_t *stop)
{
	size_t each = buffer_bytes(config->message_bytes);
	unsigned char *buffers = pages_take(2 * each);

	if (!buffers)
		return -ENOMEM;
	memset(buffers, 1, 2 * each);
	memset(end, 0, sizeof(*end));
	end->state = state;
	end->side = side;
	end->message_bytes = config->message_bytes;
	end->depth = config->depth;
	end->is_process = config->is_process;
	end->buffers = buffers;
	end->stop = stop;
	channel_end_reset(end);
	return 0;
}

void channel_end_reset(struct channel_end *end)
{
	end->fd_in = end->fd_out = -1;
	end->out = end->buffers;
	end->in = end->out + buffer_bytes(end->message_bytes);
	end->sent = end->received = end->sum_sent = end->sum_received = 0;
	end->slot_out = end->slot_in = end->waits = 0;
}

size_t channel_end_buffer_bytes(const struct channel_end *end)
{
	return 2 * buffer_bytes(end->message_bytes);
}

void channel_end_done(struct channel_end *end)
{
	pages_give(end->buffers, channel_end_buffer_bytes(end));
	end->buffers = NULL;
}

static int enter(const struct channel_pair *pair, struct channel_end *end)
{
	int error = pair->channel->enter(end);

	if (error)
		return error;
	error = channel_wait_begin(end, pair->wait);
	if (error)
		pair->channel->leave(end);
	return error;
}

static void leave(const struct channel_pair *pair, struct channel_end *end)
{
	channel_wait_end(end);
	pair->channel->leave(end);
}

static void tell_ready(struct channel_lane *lane, int error)
{
	lane->error = error;
	lane->has_refused = error != 0;
	__atomic_store_n(&lane->is_ready, 1, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&lane->is_ready, FUTEX_WAKE, 1, 0, 0, 0);
}

/* Not one of the templates: they look at no clock. */
static int stamp(const struct channel_pair *pair, struct channel_end *end)
{
	const struct channel *channel = pair->channel;
	size_t bytes = end->message_bytes;

	for (;;) {
		int error = channel_receive(channel->receive, end, bytes);

		if (error)
			return error;
		channel_read_message(end, bytes);
		pair->lane->stamps[(end->received - 1) % CHANNEL_STAMPS] = clock_stop(pair->source);
		if (channel_is_last(end))
			return 0;
		channel_write_message(end, bytes);
		error = channel->send(end, bytes);
		if (error)
			return error;
	}
}

static int do_duty(const struct channel_pair *pair, struct channel_end *end)
{
	switch (pair->duty) {
	case CHANNEL_PONG:
		return pair->channel->pong(end);
	case CHANNEL_DRAIN:
		return pair->channel->drain(end);
	default:
		return stamp(pair, end);
	}
}

static int answer(const struct channel_pair *pair, struct channel_end *end)
{
	struct channel_lane *lane = pair->lane;
	int error = do_duty(pair, end);

	lane->error = error;
	lane->sent = end->sent;
	lane->received = end->received;
	lane->sum_sent = end->sum_sent;
	lane->sum_received = end->sum_received;
	lane->waits = end->waits;
	return error;
}

/* All of the other side's life, in its own task. */
static int other_side(const struct channel_pair *pair)
{
	struct channel_end end = { .buffers = NULL };
	int error = pair->cpu_b >= 0 ? affinity_set(pair->cpu_b, pair->cpu_b) : 0;

	pair->lane->tid = (int32_t)syscall(SYS_gettid);
	if (!error)
		error = channel_end_init(&end, &pair->config, pair->state, 1, &pair->lane->stop);
	if (!error)
		error = enter(pair, &end);
	tell_ready(pair->lane, error);
	if (!error) {
		error = answer(pair, &end);
		leave(pair, &end);
	}
	if (end.buffers)
		channel_end_done(&end);
	return error;
}

static void *run_thread(void *argument)
{
	const struct channel_pair *pair = argument;
	int error = other_side(pair);

	if (error && !pair->lane->has_refused)
		pair->lost("the other side failed", error);
	return NULL;
}

__attribute__((noreturn))
static void run_process(const struct channel_pair *pair)
{
	signal(SIGCHLD, SIG_DFL);
	if (process_tie(pair->creator))
		_exit(1);
	_exit(other_side(pair) ? 1 : 0);
}

/* Its end in the middle, of any kind; a stop is one, too: nobody would wake us up. */
static void on_child(int number)
{
	const struct channel_pair *pair = watched;
	siginfo_t info = { 0 };

	(void)number;
	/* One that could not enter says so itself: see await_ready(). */
	if (!pair || pair->is_ending || pair->lane->has_refused)
		return;
	/* Signals of several children may be one: it is asked what became of ours. */
	if (waitid(P_PID, (id_t)pair->pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) ||
	    info.si_pid != pair->pid)
		return;
	if (info.si_code == CLD_STOPPED)
		pair->lost("the other side was stopped", 0);
	else if (info.si_code == CLD_EXITED)
		pair->lost("the other side failed", pair->lane->error);
	else
		pair->lost("the other side was killed by a signal", -EOWNERDEAD);
}

static int watch(struct channel_pair *pair)
{
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART };

	watched = pair;
	return sigaction(SIGCHLD, &action, NULL) ? -errno : 0;
}

static int make_process(struct channel_pair *pair)
{
	sigset_t child, old;
	int error = watch(pair);

	if (error)
		return error;
	/* It may end before we know its id. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);
	pair->creator = getpid();
	pair->pid = fork();
	if (pair->pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		run_process(pair);
	}
	error = pair->pid == -1 ? -errno : 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return error;
}

static int make_other_side(struct channel_pair *pair)
{
	int error;

	if (pair->channel->about.traits & CHANNEL_NULL)
		return 0;
	if (pair->config.is_process)
		return make_process(pair);
	error = -pthread_create(&pair->thread, NULL, run_thread, pair);
	pair->has_thread = !error;
	return error;
}

static int await_ready(const struct channel_pair *pair)
{
	struct channel_lane *lane = pair->lane;

	if (pair->channel->about.traits & CHANNEL_NULL)
		return 0;
	for (int look = 0; !__atomic_load_n(&lane->is_ready, __ATOMIC_ACQUIRE); look++) {
		struct timespec second = { 1, 0 };

		if (look == READY_LOOKS)
			return -ETIMEDOUT;
		raw_syscall(SYS_futex, (long)&lane->is_ready, FUTEX_WAIT, 0, (long)&second, 0, 0);
	}
	/* One that has entered may have failed at its duty by now: that is a loss, told as such. */
	return lane->has_refused ? lane->error : 0;
}

static int take_memory(struct channel_pair *pair)
{
	pair->own_bytes = STATE_OFFSET + pair->channel->state_bytes;
	pair->end = pages_take(pair->own_bytes);
	pair->state = (char *)pair->end + STATE_OFFSET;
	pair->lane_bytes = sizeof(*pair->lane) +
			   (pair->duty == CHANNEL_STAMP ? CHANNEL_STAMPS * sizeof(uint64_t) : 0);
	pair->lane = mmap(NULL, pair->lane_bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (pair->lane == MAP_FAILED)
		pair->lane = NULL;
	return pair->end && pair->lane ? 0 : -ENOMEM;
}

static int open_here(struct channel_pair *pair, char *ret_reason)
{
	int error = pair->cpu_a >= 0 ? affinity_set(pair->cpu_a, pair->cpu_a) : 0;

	if (!error)
		error = take_memory(pair);
	if (!error)
		error = channel_wait_probe(pair->wait, ret_reason);
	if (!error)
		error = pair->channel->open(pair->state, &pair->config, ret_reason);
	pair->is_open = !error;
	return error;
}

int channel_pair_open(struct channel_pair *pair, char *ret_reason)
{
	int error = open_here(pair, ret_reason);

	if (!error)
		error = make_other_side(pair);
	if (!error)
		error = channel_end_init(pair->end, &pair->config, pair->state, 0,
					 &pair->lane->stop);
	if (!error)
		error = enter(pair, pair->end);
	pair->has_entered = !error;
	return error ? error : await_ready(pair);
}

static int collect(struct channel_pair *pair)
{
	int status = 0;
	pid_t pid;

	if (pair->has_thread) {
		pair->has_thread = false;
		return -pthread_join(pair->thread, NULL);
	}
	do
		pid = waitpid(pair->pid, &status, 0);
	while (pid == -1 && errno == EINTR);
	pair->pid = 0;
	return pid == -1 ? -errno : status ? -ECHILD : 0;
}

int channel_pair_stop(struct channel_pair *pair)
{
	int error;

	if (pair->channel->about.traits & CHANNEL_NULL)
		return 0;
	pair->is_ending = true;
	__atomic_store_n(&pair->lane->stop, 1, __ATOMIC_RELEASE);
	channel_write_message(pair->end, pair->config.message_bytes);
	error = pair->channel->send(pair->end, pair->config.message_bytes);
	return error ? error : collect(pair);
}

/* An error of ours is often the echo of the other side's end: that is then told instead. */
static void let_the_loss_be_told(const struct channel_pair *pair)
{
	struct timespec pause = { 0, SETTLE_NS };

	while (!pair->is_ending && !pair->lane->has_refused && nanosleep(&pause, &pause))
		;
}

void channel_pair_close(struct channel_pair *pair)
{
	if (pair->pid > 0) {
		let_the_loss_be_told(pair);
		pair->is_ending = true;
		kill(pair->pid, SIGKILL);
		collect(pair);
	}
	if (watched == pair)
		signal(SIGCHLD, SIG_DFL);
	watched = NULL;
	if (pair->has_thread && !pair->lane->has_refused)
		return;
	if (pair->has_thread)
		pthread_join(pair->thread, NULL);
	if (pair->has_entered)
		leave(pair, pair->end);
	if (pair->end && pair->end->buffers)
		channel_end_done(pair->end);
	if (pair->is_open)
		pair->channel->close(pair->state);
	pages_give(pair->end, pair->own_bytes);
	if (pair->lane)
		munmap(pair->lane, pair->lane_bytes);
}
