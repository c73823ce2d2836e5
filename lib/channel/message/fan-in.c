/* SPDX-License-Identifier: MIT */
#include "channel/message/fan-in.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/pair/pair.h"
#include "kernel/affinity.h"
#include "kernel/limit-remedy.h"
#include "kernel/pages.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"

/* Of the state behind our end, and of the senders behind the flag: on lines of their own. */
#define STATE_OFFSET 256
#define SENDERS_OFFSET 128
/* Looks, a second each: a sender has this long to enter. */
#define READY_LOOKS 4
#define SETTLE_NS 100000000

enum { ENTERING, READY, REFUSED };

/* What a thread is told. */
struct task {
	const struct channel_fan_in *fan_in;
	struct channel_sender *sender;
};

/* The one whose senders the signal handler watches over. */
static struct channel_fan_in *watched;

static uint32_t state_of(const struct channel_sender *sender)
{
	return __atomic_load_n(&sender->state, __ATOMIC_ACQUIRE);
}

static void tell_state(struct channel_sender *sender, int error)
{
	sender->error = error;
	__atomic_store_n(&sender->state, error ? REFUSED : READY, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&sender->state, FUTEX_WAKE, 1, 0, 0, 0);
}

/* Not sched_getcpu(3), which may tell where the task was before it was moved. */
static bool is_on(int cpu)
{
	unsigned int here = 0;

	return !raw_syscall(SYS_getcpu, (long)&here, 0, 0, 0, 0, 0) && (int)here == cpu;
}

/* Says how many there will be before the last one can be received. */
static int send_all(const struct channel_fan_in *fan_in, struct channel_sender *sender)
{
	struct channel_end *end = &sender->end;
	int error = fan_in->channel->feed(end);

	if (error)
		return error;
	sender->final = end->sent + 1;
	__atomic_store_n(&sender->has_ended, 1, __ATOMIC_RELEASE);
	channel_write_message(end, end->message_bytes);
	return fan_in->channel->send(end, end->message_bytes);
}

/* All of a sender's life, in its own task. */
static int run_sender(const struct channel_fan_in *fan_in, struct channel_sender *sender)
{
	struct channel_end *end = &sender->end;
	int cpu = fan_in->cpu_b, error = cpu >= 0 ? affinity_set(cpu, cpu) : 0;

	sender->tid = (int32_t)syscall(SYS_gettid);
	sender->on_cpu = is_on(cpu);
	if (!error)
		error = channel_end_init(end, &fan_in->config, fan_in->state, 1, fan_in->stop);
	if (!error)
		error = fan_in->channel->enter(end);
	tell_state(sender, error);
	if (!error) {
		error = send_all(fan_in, sender);
		sender->error = error;
		sender->on_cpu += is_on(cpu);
		fan_in->channel->leave(end);
	}
	if (end->buffers)
		channel_end_done(end);
	return error;
}

static void *run_thread(void *argument)
{
	const struct task task = *(const struct task *)argument;
	int error;

	pages_give(argument, sizeof(task));
	error = run_sender(task.fan_in, task.sender);
	if (error && state_of(task.sender) != REFUSED)
		task.fan_in->lost("a sender failed", error);
	return NULL;
}

__attribute__((noreturn))
static void run_process(const struct channel_fan_in *fan_in, struct channel_sender *sender)
{
	signal(SIGCHLD, SIG_DFL);
	if (process_tie(fan_in->creator))
		_exit(1);
	_exit(run_sender(fan_in, sender) ? 1 : 0);
}

/* What has become of one: nobody else would wake us up. */
static void look_after(const struct channel_fan_in *fan_in, struct channel_sender *sender)
{
	siginfo_t info = { 0 };

	/* One that could not enter says so itself: see await_ready(). */
	if (sender->pid <= 0 || sender->is_done || state_of(sender) == REFUSED)
		return;
	if (waitid(P_PID, (id_t)sender->pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) ||
	    info.si_pid != sender->pid)
		return;
	if (info.si_code == CLD_STOPPED)
		fan_in->lost("a sender was stopped", 0);
	else if (info.si_code != CLD_EXITED)
		fan_in->lost("a sender was killed by a signal", -EOWNERDEAD);
	else if (info.si_status)
		fan_in->lost("a sender failed", sender->error);
	sender->is_done = true;
}

/* Signals of several children may be one: it is asked what became of each. */
static void on_child(int number)
{
	int saved = errno;

	(void)number;
	for (uint32_t i = 0; watched && !watched->is_ending && i < watched->config.senders; i++)
		look_after(watched, &watched->senders[i]);
	errno = saved;
}

/* It may end before we know its id. */
static int make_process(struct channel_fan_in *fan_in, struct channel_sender *sender)
{
	sigset_t child, old;
	int error;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		run_process(fan_in, sender);
	}
	error = pid == -1 ? -errno : 0;
	/* Not the child: it shares this memory. */
	sender->pid = pid;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return error;
}

static int make_thread(struct channel_fan_in *fan_in, struct channel_sender *sender)
{
	struct task *task = pages_take(sizeof(*task));
	int error;

	if (!task)
		return -ENOMEM;
	*task = (struct task){ fan_in, sender };
	error = -pthread_create(&sender->thread, NULL, run_thread, task);
	sender->has_thread = !error;
	if (error)
		pages_give(task, sizeof(*task));
	return error;
}

static int make_senders(struct channel_fan_in *fan_in, char *ret_reason)
{
	int error = 0;

	for (uint32_t i = 0; i < fan_in->config.senders && !error; i++)
		error = fan_in->config.is_process ? make_process(fan_in, &fan_in->senders[i])
						  : make_thread(fan_in, &fan_in->senders[i]);
	if (error == -EAGAIN)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "so many processes or threads are not allowed, by RLIMIT_NPROC or pids.max "
			 "of the cgroup: %s, raise pids.max, or ask for fewer senders",
			 limit_remedy(RLIMIT_NPROC));
	return error;
}

static int watch(struct channel_fan_in *fan_in)
{
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART };

	fan_in->creator = getpid();
	if (!fan_in->config.is_process)
		return 0;
	watched = fan_in;
	return sigaction(SIGCHLD, &action, NULL) ? -errno : 0;
}

static int await_ready(struct channel_sender *sender)
{
	for (int look = 0; state_of(sender) == ENTERING; look++) {
		struct timespec second = { 1, 0 };

		if (look == READY_LOOKS)
			return -ETIMEDOUT;
		raw_syscall(SYS_futex, (long)&sender->state, FUTEX_WAIT, ENTERING, (long)&second, 0, 0);
	}
	/* One that has entered may have failed by now: that is a loss, told as such. */
	return state_of(sender) == REFUSED ? sender->error : 0;
}

static int await_senders(const struct channel_fan_in *fan_in)
{
	int error = 0;

	for (uint32_t i = 0; i < fan_in->config.senders && !error; i++)
		error = await_ready(&fan_in->senders[i]);
	return error;
}

static int take_memory(struct channel_fan_in *fan_in)
{
	char *shared;

	fan_in->own_bytes = STATE_OFFSET + fan_in->channel->state_bytes;
	fan_in->end = pages_take(fan_in->own_bytes);
	if (!fan_in->end)
		return -ENOMEM;
	fan_in->state = (char *)fan_in->end + STATE_OFFSET;
	fan_in->shared_bytes = SENDERS_OFFSET + fan_in->config.senders * sizeof(*fan_in->senders);
	shared = mmap(NULL, fan_in->shared_bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (shared == MAP_FAILED)
		return -ENOMEM;
	fan_in->stop = (uint32_t *)(void *)shared;
	fan_in->senders = (struct channel_sender *)(void *)(shared + SENDERS_OFFSET);
	return 0;
}

static int open_here(struct channel_fan_in *fan_in, char *ret_reason)
{
	int error = fan_in->cpu_a >= 0 ? affinity_set(fan_in->cpu_a, fan_in->cpu_a) : 0;

	if (!error)
		error = take_memory(fan_in);
	if (!error)
		error = fan_in->channel->open(fan_in->state, &fan_in->config, ret_reason);
	fan_in->is_open = !error;
	return error;
}

int channel_fan_in_open(struct channel_fan_in *fan_in, char *ret_reason)
{
	int error = open_here(fan_in, ret_reason);

	if (!error)
		error = watch(fan_in);
	if (!error)
		error = make_senders(fan_in, ret_reason);
	if (!error)
		error = channel_end_init(fan_in->end, &fan_in->config, fan_in->state, 0, fan_in->stop);
	if (!error)
		error = fan_in->channel->enter(fan_in->end);
	fan_in->has_entered = !error;
	return error ? error : await_senders(fan_in);
}

/* All that are still to come; how many is known once each sender has said so. */
static int receive_rest(const struct channel_fan_in *fan_in)
{
	uint64_t total = 0;
	uint32_t seen = 0;

	for (;;) {
		int error;

		while (seen < fan_in->config.senders &&
		       __atomic_load_n(&fan_in->senders[seen].has_ended, __ATOMIC_ACQUIRE))
			total += fan_in->senders[seen++].final;
		if (seen == fan_in->config.senders && fan_in->end->received >= total)
			return 0;
		error = fan_in->channel->take(fan_in->end, 1);
		if (error)
			return error;
	}
}

static int collect(struct channel_sender *sender)
{
	int status = 0;
	pid_t pid;

	if (sender->has_thread) {
		sender->has_thread = false;
		return -pthread_join(sender->thread, NULL);
	}
	if (sender->pid <= 0)
		return 0;
	do
		pid = waitpid(sender->pid, &status, 0);
	while (pid == -1 && errno == EINTR);
	sender->pid = 0;
	return pid == -1 ? -errno : status ? -ECHILD : 0;
}

/* The handler stays at work meanwhile: one that is killed now would be waited for. */
int channel_fan_in_stop(struct channel_fan_in *fan_in)
{
	int error;

	__atomic_store_n(fan_in->stop, 1, __ATOMIC_RELEASE);
	error = receive_rest(fan_in);
	for (uint32_t i = 0; i < fan_in->config.senders && !error; i++)
		error = collect(&fan_in->senders[i]);
	return error;
}

/* An error of ours is often the echo of a sender's end: that is then told instead. */
static void let_the_loss_be_told(const struct channel_fan_in *fan_in)
{
	struct timespec pause = { 0, SETTLE_NS };

	for (uint32_t i = 0; i < fan_in->config.senders; i++)
		if (state_of(&fan_in->senders[i]) == REFUSED)
			return;
	while (fan_in->senders[0].pid > 0 && nanosleep(&pause, &pause))
		;
}

static void end_processes(struct channel_fan_in *fan_in)
{
	if (fan_in->config.is_process && fan_in->has_entered)
		let_the_loss_be_told(fan_in);
	fan_in->is_ending = true;
	for (uint32_t i = 0; i < fan_in->config.senders; i++)
		if (fan_in->senders[i].pid > 0)
			kill(fan_in->senders[i].pid, SIGKILL);
	for (uint32_t i = 0; i < fan_in->config.senders; i++)
		if (!fan_in->senders[i].has_thread)
			collect(&fan_in->senders[i]);
	if (watched == fan_in)
		signal(SIGCHLD, SIG_DFL);
	watched = NULL;
}

/* Those that could not enter have ended; false where another one is at work. */
static bool end_threads(const struct channel_fan_in *fan_in)
{
	for (uint32_t i = 0; i < fan_in->config.senders; i++) {
		struct channel_sender *sender = &fan_in->senders[i];

		if (sender->has_thread && state_of(sender) != REFUSED)
			return false;
		if (sender->has_thread)
			collect(sender);
	}
	return true;
}

void channel_fan_in_close(struct channel_fan_in *fan_in)
{
	if (fan_in->senders) {
		end_processes(fan_in);
		if (!end_threads(fan_in))
			return;
	}
	if (fan_in->has_entered)
		fan_in->channel->leave(fan_in->end);
	if (fan_in->end && fan_in->end->buffers)
		channel_end_done(fan_in->end);
	if (fan_in->is_open)
		fan_in->channel->close(fan_in->state);
	pages_give(fan_in->end, fan_in->own_bytes);
	if (fan_in->stop)
		munmap(fan_in->stop, fan_in->shared_bytes);
}
