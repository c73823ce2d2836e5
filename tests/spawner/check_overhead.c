/* SPDX-License-Identifier: MIT */
/* check_overhead - what is taken off each end point; what a look costs a new process */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/overhead.h"
#include "spawner/round/tasks.h"
#include "spawner/spawner.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Each part is a digit of its own: a sum says which parts are in it. */
static const struct spawn_costs costs = {
	.empty = 1, .middle = 10, .first = 100, .last = 1000, .begin = 10000, .end = 100000,
	.report = 1000000, .target = 10000000,
};

#define FORK (SPAWN_PROCESS | SPAWN_COPIES)
#define VFORK (SPAWN_PROCESS | SPAWN_SHARES | SPAWN_SUSPENDS)
#define FORK_EXEC (SPAWN_PROCESS | SPAWN_EXEC | SPAWN_COPIES)
#define VFORK_EXEC (SPAWN_PROCESS | SPAWN_EXEC | SPAWN_SUSPENDS)
#define SPAWN (SPAWN_PROCESS | SPAWN_EXEC | SPAWN_NO_CHILD_CODE)
#define SYSTEM (SPAWN | SPAWN_NO_PID | SPAWN_SUSPENDS)
#define POOL (SPAWN_THREAD | SPAWN_WAITS)

static const struct {
	unsigned int traits;
	bool is_beside, is_foreign;
	double call, first, exec, reap, life;
} shapes[] = {
	{ FORK, true, false, 1, 110, 0, 1000, 110011 },
	{ FORK, false, false, 1, 100, 0, 1000, 110011 },
	{ SPAWN_THREAD, true, false, 1, 110, 0, 1000, 110011 },
	{ POOL, true, false, 1, 110, 0, 1000, 110011 },
	/* its creator goes on when all of it is over */
	{ VFORK, true, false, 110001, 100, 0, 1000, 110011 },
	{ VFORK, false, false, 110001, 100, 0, 1000, 110011 },
	/* on the creator's own thread */
	{ SPAWN_USER, true, false, 10001, 100, 0, 1000, 110011 },
	/* a program: what ran before it, and what it says of itself */
	{ FORK_EXEC, true, false, 1, 110, 10110, 1001000, 10010011 },
	{ VFORK_EXEC, true, false, 10001, 100, 10100, 1001000, 10010011 },
	{ SPAWN, true, false, 1, 0, 110, 1001000, 10000011 },
	{ SPAWN, false, false, 1, 0, 100, 1001000, 10000011 },
	{ SYSTEM, true, false, 10000001, 0, 100, 1001000, 10000011 },
	/* that of others says nothing */
	{ FORK_EXEC, true, true, 1, 110, 0, 1000, 10011 },
	{ SYSTEM, true, true, 1, 0, 0, 1000, 11 },
};

static void assert_part(int row, enum spawn_metric metric, double expected)
{
	const struct spawn_shape shape = {
		shapes[row].traits, shapes[row].is_beside, shapes[row].is_foreign,
	};

	/* 0: there is no such end point. */
	if (expected > 0)
		ck_assert_double_eq(spawn_overhead(&costs, &shape, metric), expected);
}

START_TEST(only_what_lies_between_two_looks_is_taken_off)
{
	assert_part(_i, SPAWN_CALL, shapes[_i].call);
	assert_part(_i, SPAWN_FIRST, shapes[_i].first);
	assert_part(_i, SPAWN_EXECUTED, shapes[_i].exec);
	assert_part(_i, SPAWN_REAP, shapes[_i].reap);
	assert_part(_i, SPAWN_LIFE, shapes[_i].life);
}
END_TEST

/* Every mechanism has one mode, and its name decides. */
START_TEST(what_is_no_task_of_the_kernels_is_timed_in_batches)
{
	static const char *const batched[] = { "null", "coroutine" };
	size_t found = 0;

	for (size_t i = 0; spawners[i]; i++) {
		bool is_batched = false;

		for (size_t k = 0; k < COUNT_OF(batched); k++)
			is_batched |= !strcmp(spawners[i]->about.name, batched[k]);
		ck_assert_msg(spawner_is_batched(spawners[i]->about.traits) == is_batched, "%s",
			      spawners[i]->about.name);
		found += is_batched;
	}
	ck_assert_uint_eq(found, COUNT_OF(batched));
}
END_TEST

static long minor_faults(void)
{
	struct rusage usage = { .ru_minflt = 0 };

	raw_syscall(SYS_getrusage, RUSAGE_SELF, (long)&usage, 0, 0, 0, 0);
	return usage.ru_minflt;
}

/* The pages of a task, of this code, and of its stack, which every child has to have. */
static void touch(struct spawn_task *task)
{
	const volatile char *code[] = { (const char *)(uintptr_t)spawn_task_begin,
					(const char *)(uintptr_t)spawn_task_end };
	volatile struct spawn_task *shared = task;

	for (size_t i = 0; i < COUNT_OF(code); i++)
		(void)*code[i];
	shared->error = 0;
	__atomic_fetch_add(task->started, 1, __ATOMIC_RELAXED);
	minor_faults();
}

/* The child's looks, and what they cost it in faults, as its status. */
static int faults_of_looks(struct spawn_task *task)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		long before, after;

		touch(task);
		before = minor_faults();
		spawn_task_run(task);
		after = minor_faults();
		raw_syscall(SYS_exit_group, after - before, 0, 0, 0, 0, 0);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const enum clock_source sources[] = { CLOCK_GETTIME, CLOCK_TICKS };

/*
 * The bare child faults in nothing for a clock, so neither may ours: of a few children
 * one that nobody disturbed.
 */
START_TEST(a_copy_looks_without_a_fault)
{
	struct spawn_tasks tasks;
	int least = INT32_MAX;

	if (IS_SANITIZED)
		return;
	ck_assert_int_eq(spawn_tasks_init(&tasks, 1, false, sources[_i], NULL, false, NULL), 0);
	for (int i = 0; i < 5; i++) {
		int faults;

		spawn_task_reset(&tasks.task[0]);
		tasks.task[0].is_copy = true;
		faults = faults_of_looks(&tasks.task[0]);
		least = faults < least ? faults : least;
		ck_assert_uint_ne(tasks.task[0].first, 0);
		ck_assert(tasks.task[0].last >= tasks.task[0].first);
	}
	ck_assert_int_eq(least, 0);
	spawn_tasks_done(&tasks);
}
END_TEST

/* What a task of that CPU says of it, be it a copy or not. */
static void assert_task_says(int cpu, enum clock_source source, bool is_copy)
{
	struct spawn_tasks tasks;
	int status;
	pid_t pid;

	ck_assert_int_eq(spawn_tasks_init(&tasks, 1, false, source, NULL, false, NULL), 0);
	spawn_task_reset(&tasks.task[0]);
	tasks.task[0].is_copy = is_copy;
	pid = fork();
	if (pid == 0) {
		spawn_task_run(&tasks.task[0]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(tasks.task[0].first_cpu, cpu);
	spawn_tasks_done(&tasks);
}

/* Who is copied finds the CPU that the kernel says, and so does who is not. */
START_TEST(a_copy_knows_its_cpu)
{
	int cpu = sched_getcpu(), status;
	cpu_set_t set;
	pid_t pid;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return;
	ck_assert_int_eq(cpu_number(), cpu);
	pid = fork();
	if (pid == 0)
		_exit(cpu_number_of_copy() == cpu_number_by_call() && cpu_number() == cpu ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	for (int i = 0; i < 1 + CLOCK_HAS_TICKS; i++) {
		assert_task_says(cpu, sources[i], true);
		assert_task_says(cpu, sources[i], false);
	}
}
END_TEST

static Suite *overhead_suite(void)
{
	Suite *suite = suite_create("spawn_overhead");
	TCase *pure = tcase_create("pure"), *copy = tcase_create("copy");

	tcase_add_loop_test(pure, only_what_lies_between_two_looks_is_taken_off, 0,
			    (int)COUNT_OF(shapes));
	tcase_add_test(pure, what_is_no_task_of_the_kernels_is_timed_in_batches);
	tcase_add_loop_test(copy, a_copy_looks_without_a_fault, 0, 1 + CLOCK_HAS_TICKS);
	tcase_add_test(copy, a_copy_knows_its_cpu);
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, copy);
	return suite;
}

int main(void)
{
	return suite_run(overhead_suite());
}
