/* SPDX-License-Identifier: MIT */
#include "channel/switch/runnable-tasks.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/switch/runnable.h"
#include "kernel/affinity.h"
#include "kernel/pages.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"

/* Between looks at who is ready, or has had a turn. */
#define LOOK_MS 1

#define PAGE_BYTES 4096u
/* Where libc does not say how little it needs. */
#define LEAST_STACK_BYTES 65536

struct runnable_tasks {
	const struct runnable *runnable;
	struct runnable_table *table;
	pid_t self;
	char *stacks;              /* of threads: in one mapping, as a process may not have many */
	size_t stack_bytes;
	struct seat *seats;
};

/* What a thread is told. */
struct seat {
	const struct runnable_tasks *tasks;
	struct runnable_task *task;
};

/* The policy comes first: nobody here may loop under another one. */
static int get_ready(const struct runnable_tasks *tasks, struct runnable_task *task)
{
	const struct sched_param none = { 0 };
	int error = affinity_set(tasks->runnable->cpu, tasks->runnable->cpu);

	/* The call itself: musl's function of that name refuses. */
	if (!error && syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none))
		error = -errno;
	if (error) {
		__atomic_store_n(&tasks->table->error, error, __ATOMIC_RELEASE);
		return error;
	}
	__atomic_store_n(&task->tid, (int32_t)syscall(SYS_gettid), __ATOMIC_RELAXED);
	__atomic_add_fetch(&tasks->table->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&tasks->table->gate, __ATOMIC_ACQUIRE))
		raw_syscall(SYS_futex, (long)&tasks->table->gate, FUTEX_WAIT, 0, 0, 0, 0);
	return 0;
}

/* Until it is killed. */
static int take_turns(const struct runnable_tasks *tasks, struct runnable_task *task)
{
	int error = get_ready(tasks, task);

	while (!error) {
		error = sched_yield() ? -errno : 0;
		__atomic_store_n(&task->turns, task->turns + 1, __ATOMIC_RELAXED);
	}
	return error;
}

static void *run_thread(void *argument)
{
	const struct seat *seat = argument;

	take_turns(seat->tasks, seat->task);
	return NULL;
}

__attribute__((noreturn))
static void run_process(const struct runnable_tasks *tasks, struct runnable_task *task)
{
	if (process_tie(tasks->self))
		_exit(1);
	_exit(take_turns(tasks, task) ? 1 : 0);
}

static int make_thread(struct runnable_tasks *tasks, uint32_t i)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	tasks->seats[i] = (struct seat){ tasks, &tasks->table->task[i] };
	pthread_attr_init(&attributes);
	error = -pthread_attr_setstack(&attributes, tasks->stacks + i * tasks->stack_bytes,
				       tasks->stack_bytes);
	if (!error)
		error = -pthread_create(&thread, &attributes, run_thread, &tasks->seats[i]);
	pthread_attr_destroy(&attributes);
	return error;
}

static int make_process(struct runnable_tasks *tasks, uint32_t i)
{
	struct runnable_task *task = &tasks->table->task[i];
	pid_t pid = fork();

	if (pid == 0)
		run_process(tasks, task);
	if (pid == -1)
		return -errno;
	/* One that is killed before it can say so itself is to be reaped all the same. */
	__atomic_store_n(&task->tid, (int32_t)pid, __ATOMIC_RELAXED);
	return 0;
}

/* Whoever comes next (the caller's other side) must not find the limit reached. */
static int try_one_more(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid == -1)
		return -errno;
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	return 0;
}

static int take_stacks(struct runnable_tasks *tasks)
{
	uint32_t count = tasks->runnable->count;
	long least = sysconf(_SC_THREAD_STACK_MIN);

	tasks->stack_bytes = ((size_t)(least > 0 ? least : LEAST_STACK_BYTES) + PAGE_BYTES - 1) &
			    ~(size_t)(PAGE_BYTES - 1);
	tasks->stacks = pages_take(count * tasks->stack_bytes);
	tasks->seats = pages_take(count * sizeof(*tasks->seats));
	if (!tasks->stacks || !tasks->seats)
		return -ENOMEM;
	/* Refused where there are no huge pages. */
	madvise(tasks->stacks, count * tasks->stack_bytes, MADV_NOHUGEPAGE);
	return 0;
}

static int make_all(struct runnable_tasks *tasks)
{
	struct runnable_table *table = tasks->table;
	int error = tasks->runnable->is_process ? 0 : take_stacks(tasks);

	while (!error && table->made < tasks->runnable->count) {
		error = tasks->runnable->is_process ? make_process(tasks, table->made)
						   : make_thread(tasks, table->made);
		if (!error)
			__atomic_add_fetch(&table->made, 1, __ATOMIC_RELEASE);
	}
	return error ? error : try_one_more();
}

/* None of them ends before its time; one that has keeps its number until end_all(). */
static int check_alive(const struct runnable_tasks *tasks)
{
	int error = __atomic_load_n(&tasks->table->error, __ATOMIC_ACQUIRE);
	siginfo_t info = { 0 };

	if (error)
		return error;
	return !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid ? -ECHILD : 0;
}

static uint32_t count_ready(const struct runnable_tasks *tasks)
{
	return __atomic_load_n(&tasks->table->ready, __ATOMIC_ACQUIRE);
}

static uint32_t count_turned(const struct runnable_tasks *tasks)
{
	uint32_t turned = 0;

	for (uint32_t i = 0; i < tasks->runnable->count; i++)
		turned += __atomic_load_n(&tasks->table->task[i].turns, __ATOMIC_RELAXED) > 0;
	__atomic_store_n(&tasks->table->turned, turned, __ATOMIC_RELEASE);
	return turned;
}

/* Whoever began us says when it has been too long. */
static int await_all(const struct runnable_tasks *tasks,
		     uint32_t (*count)(const struct runnable_tasks *tasks))
{
	int error = check_alive(tasks);

	while (!error && count(tasks) < tasks->runnable->count) {
		poll(NULL, 0, LOOK_MS);
		error = check_alive(tasks);
	}
	return error;
}

static void open_gate(const struct runnable_tasks *tasks)
{
	__atomic_store_n(&tasks->table->gate, 1, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&tasks->table->gate, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

/* Threads end with the process. */
static void end_all(const struct runnable_tasks *tasks)
{
	struct runnable_table *table = tasks->table;
	pid_t pid;

	if (!tasks->runnable->is_process)
		return;
	for (uint32_t i = 0; i < table->made; i++)
		kill((pid_t)table->task[i].tid, SIGKILL);
	do {
		pid = waitpid(-1, NULL, 0);
		__atomic_add_fetch(&table->ended, pid > 0, __ATOMIC_RELAXED);
	} while (pid > 0 || errno == EINTR);
}

void runnable_tasks_run(int socket, const void *argument)
{
	const struct runnable *runnable = argument;
	struct runnable_tasks tasks = { .runnable = runnable, .table = runnable->table, .self = getpid() };
	int32_t error = make_all(&tasks);
	ssize_t got = -1;
	char byte;

	if (!error)
		error = await_all(&tasks, count_ready);
	if (!error) {
		open_gate(&tasks);
		error = await_all(&tasks, count_turned);
	}
	if (error)
		end_all(&tasks);
	if (send(socket, &error, sizeof(error), MSG_NOSIGNAL) != sizeof(error) || error)
		return;
	while (got == -1)
		got = recv(socket, &byte, sizeof(byte), 0);
	end_all(&tasks);
}
