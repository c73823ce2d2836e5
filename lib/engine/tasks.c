/* SPDX-License-Identifier: MIT */
#include "engine/tasks.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/process-facts.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"
#include "kernel/task-usage.h"

/* How often we look after processes while they work. */
#define LOOK_NS 200000000
/* Beside what work() needs of its own. */
#define STACK_BYTES (64 << 10)

struct engine_task {
	_Alignas(128) struct engine_tasks *tasks;
	uint32_t index;
	int error;
	pthread_t thread;
	pid_t pid;
};

struct engine_tasks_board {
	_Alignas(128) uint32_t turn;   /* futex: the number of this run; 0: none yet */
	_Alignas(128) uint32_t left;   /* futex: members that are at work in it */
	_Alignas(128) uint32_t is_over;
	struct engine_task members[];
};

static void sleep_on(uint32_t *word, uint32_t value, const struct timespec *time)
{
	raw_syscall(SYS_futex, (long)word, FUTEX_WAIT, value, (long)time, 0, 0);
}

static void wake_all(uint32_t *word)
{
	raw_syscall(SYS_futex, (long)word, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

static uint32_t load_word(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void report_done(struct engine_tasks_board *board)
{
	if (__atomic_sub_fetch(&board->left, 1, __ATOMIC_ACQ_REL) == 0)
		wake_all(&board->left);
}

/* All of a member's life. */
static void live(struct engine_task *member)
{
	struct engine_tasks *tasks = member->tasks;
	struct engine_tasks_board *board = tasks->board;
	uint32_t turn = 0;

	for (;;) {
		while (load_word(&board->turn) == turn)
			sleep_on(&board->turn, turn, NULL);
		turn = load_word(&board->turn);
		if (load_word(&board->is_over))
			return;
		member->error = tasks->work(tasks->context, member->index);
		report_done(board);
	}
}

static void *run_thread(void *member)
{
	live(member);
	return NULL;
}

static int make_thread(struct engine_task *member)
{
	pthread_attr_t attributes;
	int error = -pthread_attr_init(&attributes);

	if (error)
		return error;
	error = -pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (!error)
		error = -pthread_create(&member->thread, &attributes, run_thread, member);
	pthread_attr_destroy(&attributes);
	return error;
}

static int make_process(struct engine_task *member)
{
	pid_t maker = getpid(), pid = fork();

	if (pid == 0) {
		if (!process_tie(maker))
			live(member);
		_exit(0);
	}
	/* The member is shared: the child must not store its own 0 there. */
	member->pid = pid;
	return pid == -1 ? -errno : 0;
}

int engine_tasks_begin(struct engine_tasks *tasks, char *ret_reason)
{
	int error = 0;

	tasks->board_bytes = sizeof(*tasks->board) + tasks->count * sizeof(tasks->board->members[0]);
	tasks->board = mmap(NULL, tasks->board_bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (tasks->board == MAP_FAILED) {
		tasks->board = NULL;
		return -ENOMEM;
	}
	while (tasks->made < tasks->count && !error) {
		struct engine_task *member = &tasks->board->members[tasks->made];

		member->tasks = tasks;
		member->index = tasks->made;
		error = tasks->is_process ? make_process(member) : make_thread(member);
		tasks->made += !error;
	}
	if (error == -EAGAIN)
		process_limit_reason(ret_reason, ENGINE_REASON_BYTES, tasks->made);
	if (error)
		engine_tasks_end(tasks);
	return error;
}

/* Whether any process has ended or was stopped: nobody would report it. */
static bool is_broken(const struct engine_tasks *tasks)
{
	for (uint32_t i = 0; tasks->is_process && i < tasks->made; i++) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)tasks->board->members[i].pid, &info,
			   WEXITED | WSTOPPED | WNOHANG | WNOWAIT) || info.si_pid)
			return true;
	}
	return false;
}

static int first_error(const struct engine_tasks *tasks)
{
	for (uint32_t i = 0; i < tasks->made; i++)
		if (tasks->board->members[i].error)
			return tasks->board->members[i].error;
	return 0;
}

void engine_tasks_start(struct engine_tasks *tasks)
{
	struct engine_tasks_board *board = tasks->board;

	__atomic_store_n(&board->left, tasks->made, __ATOMIC_RELEASE);
	__atomic_add_fetch(&board->turn, 1, __ATOMIC_ACQ_REL);
	wake_all(&board->turn);
}

int engine_tasks_wait(struct engine_tasks *tasks)
{
	const struct timespec look = { 0, LOOK_NS };
	struct engine_tasks_board *board = tasks->board;
	uint32_t left;

	while ((left = load_word(&board->left))) {
		sleep_on(&board->left, left, &look);
		if (load_word(&board->left) && is_broken(tasks))
			return -ECHILD;
	}
	return first_error(tasks);
}

int engine_tasks_run(struct engine_tasks *tasks)
{
	engine_tasks_start(tasks);
	return engine_tasks_wait(tasks);
}

static void end_member(const struct engine_tasks *tasks, struct engine_task *member)
{
	if (!tasks->is_process) {
		pthread_join(member->thread, NULL);
		return;
	}
	kill(member->pid, SIGKILL);
	while (waitpid(member->pid, NULL, 0) == -1 && errno == EINTR)
		;
}

void engine_tasks_end(struct engine_tasks *tasks)
{
	if (!tasks->board)
		return;
	__atomic_store_n(&tasks->board->is_over, 1, __ATOMIC_RELEASE);
	__atomic_add_fetch(&tasks->board->turn, 1, __ATOMIC_ACQ_REL);
	wake_all(&tasks->board->turn);
	for (uint32_t i = 0; i < tasks->made; i++)
		end_member(tasks, &tasks->board->members[i]);
	munmap(tasks->board, tasks->board_bytes);
	tasks->board = NULL;
	tasks->made = 0;
}

static double sum_of(const struct engine_tasks *tasks, double (*value)(const struct task_usage *))
{
	double sum = tasks->is_process ? 0 : -1;

	for (uint32_t i = 0; tasks->is_process && i < tasks->made; i++) {
		struct task_usage usage;

		task_usage_other(tasks->board->members[i].pid, true, &usage);
		if (value(&usage) < 0)
			return -1;
		sum += value(&usage);
	}
	return sum;
}

static double cpu_of(const struct task_usage *usage)
{
	return usage->cpu_ns;
}

static double switches_of(const struct task_usage *usage)
{
	return usage->nvcsw < 0 || usage->nivcsw < 0 ? -1 : usage->nvcsw + usage->nivcsw;
}

double engine_tasks_cpu_ns(const struct engine_tasks *tasks)
{
	return sum_of(tasks, cpu_of);
}

double engine_tasks_switches(const struct engine_tasks *tasks)
{
	return sum_of(tasks, switches_of);
}

double engine_tasks_memory_kib(const struct engine_tasks *tasks)
{
	double sum = tasks->is_process ? 0 : -1;

	for (uint32_t i = 0; tasks->is_process && i < tasks->made; i++) {
		double one = process_child_smaps_kib(tasks->board->members[i].pid, "Pss_Anon");

		if (one < 0)
			return -1;
		sum += one;
	}
	return sum;
}
