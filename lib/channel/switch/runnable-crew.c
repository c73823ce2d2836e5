/* SPDX-License-Identifier: MIT */
#include "channel/switch/runnable-crew.h"

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

struct crew {
	const struct runnable *runnable;
	struct runnable_table *table;
	pid_t self;
	char *stacks;              /* of threads: in one mapping, as a process may not have many */
	size_t stack_bytes;
	struct seat *seats;
};

/* What a thread is told. */
struct seat {
	const struct crew *crew;
	struct runnable_task *task;
};

/* The policy comes first: nobody here may loop under another one. */
static int get_ready(const struct crew *crew, struct runnable_task *task)
{
	const struct sched_param none = { 0 };
	int error = affinity_set(crew->runnable->cpu, crew->runnable->cpu);

	/* The call itself: musl's function of that name refuses. */
	if (!error && syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none))
		error = -errno;
	if (error) {
		__atomic_store_n(&crew->table->error, error, __ATOMIC_RELEASE);
		return error;
	}
	__atomic_store_n(&task->tid, (int32_t)syscall(SYS_gettid), __ATOMIC_RELAXED);
	__atomic_add_fetch(&crew->table->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&crew->table->gate, __ATOMIC_ACQUIRE))
		raw_syscall(SYS_futex, (long)&crew->table->gate, FUTEX_WAIT, 0, 0, 0, 0);
	return 0;
}

/* Until it is killed. */
static int take_turns(const struct crew *crew, struct runnable_task *task)
{
	int error = get_ready(crew, task);

	while (!error) {
		error = sched_yield() ? -errno : 0;
		__atomic_store_n(&task->turns, task->turns + 1, __ATOMIC_RELAXED);
	}
	return error;
}

static void *run_thread(void *argument)
{
	const struct seat *seat = argument;

	take_turns(seat->crew, seat->task);
	return NULL;
}

__attribute__((noreturn))
static void run_process(const struct crew *crew, struct runnable_task *task)
{
	if (process_tie(crew->self))
		_exit(1);
	_exit(take_turns(crew, task) ? 1 : 0);
}

static int make_thread(struct crew *crew, uint32_t i)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	crew->seats[i] = (struct seat){ crew, &crew->table->task[i] };
	pthread_attr_init(&attributes);
	error = -pthread_attr_setstack(&attributes, crew->stacks + i * crew->stack_bytes,
				       crew->stack_bytes);
	if (!error)
		error = -pthread_create(&thread, &attributes, run_thread, &crew->seats[i]);
	pthread_attr_destroy(&attributes);
	return error;
}

static int make_process(struct crew *crew, uint32_t i)
{
	struct runnable_task *task = &crew->table->task[i];
	pid_t pid = fork();

	if (pid == 0)
		run_process(crew, task);
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

static int take_stacks(struct crew *crew)
{
	uint32_t count = crew->runnable->count;
	long least = sysconf(_SC_THREAD_STACK_MIN);

	crew->stack_bytes = ((size_t)(least > 0 ? least : LEAST_STACK_BYTES) + PAGE_BYTES - 1) &
			    ~(size_t)(PAGE_BYTES - 1);
	crew->stacks = pages_take(count * crew->stack_bytes);
	crew->seats = pages_take(count * sizeof(*crew->seats));
	if (!crew->stacks || !crew->seats)
		return -ENOMEM;
	/* Refused where there are no huge pages. */
	madvise(crew->stacks, count * crew->stack_bytes, MADV_NOHUGEPAGE);
	return 0;
}

static int make_all(struct crew *crew)
{
	struct runnable_table *table = crew->table;
	int error = crew->runnable->is_process ? 0 : take_stacks(crew);

	while (!error && table->made < crew->runnable->count) {
		error = crew->runnable->is_process ? make_process(crew, table->made)
						   : make_thread(crew, table->made);
		if (!error)
			__atomic_add_fetch(&table->made, 1, __ATOMIC_RELEASE);
	}
	return error ? error : try_one_more();
}

/* None of them ends before its time; one that has keeps its number until end_all(). */
static int check_alive(const struct crew *crew)
{
	int error = __atomic_load_n(&crew->table->error, __ATOMIC_ACQUIRE);
	siginfo_t info = { 0 };

	if (error)
		return error;
	return !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid ? -ECHILD : 0;
}

static uint32_t count_ready(const struct crew *crew)
{
	return __atomic_load_n(&crew->table->ready, __ATOMIC_ACQUIRE);
}

static uint32_t count_turned(const struct crew *crew)
{
	uint32_t turned = 0;

	for (uint32_t i = 0; i < crew->runnable->count; i++)
		turned += __atomic_load_n(&crew->table->task[i].turns, __ATOMIC_RELAXED) > 0;
	__atomic_store_n(&crew->table->turned, turned, __ATOMIC_RELEASE);
	return turned;
}

/* Whoever began us says when it has been too long. */
static int await_all(const struct crew *crew, uint32_t (*count)(const struct crew *crew))
{
	int error = check_alive(crew);

	while (!error && count(crew) < crew->runnable->count) {
		poll(NULL, 0, LOOK_MS);
		error = check_alive(crew);
	}
	return error;
}

static void open_gate(const struct crew *crew)
{
	__atomic_store_n(&crew->table->gate, 1, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&crew->table->gate, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

/* Threads end with the process. */
static void end_all(const struct crew *crew)
{
	struct runnable_table *table = crew->table;
	pid_t pid;

	if (!crew->runnable->is_process)
		return;
	for (uint32_t i = 0; i < table->made; i++)
		kill((pid_t)table->task[i].tid, SIGKILL);
	do {
		pid = waitpid(-1, NULL, 0);
		__atomic_add_fetch(&table->ended, pid > 0, __ATOMIC_RELAXED);
	} while (pid > 0 || errno == EINTR);
}

void runnable_crew_run(int socket, const void *argument)
{
	const struct runnable *runnable = argument;
	struct crew crew = { .runnable = runnable, .table = runnable->table, .self = getpid() };
	int32_t error = make_all(&crew);
	ssize_t got = -1;
	char byte;

	if (!error)
		error = await_all(&crew, count_ready);
	if (!error) {
		open_gate(&crew);
		error = await_all(&crew, count_turned);
	}
	if (error)
		end_all(&crew);
	if (send(socket, &error, sizeof(error), MSG_NOSIGNAL) != sizeof(error) || error)
		return;
	while (got == -1)
		got = recv(socket, &byte, sizeof(byte), 0);
	end_all(&crew);
}
