/* SPDX-License-Identifier: MIT */
/*
 * check_runnable - what stands around a switch: lib/channel/switch/runnable.h and
 * lib/channel/switch/cgroup-nest.h.
 *
 * Each test runs in a process of its own, which adopts its orphans: who is left
 * is seen here.  What must not come back runs in a tester, a fork of the test.
 */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/switch/cgroup-nest.h"
#include "channel/switch/runnable.h"
#include "kernel/affinity.h"
#include "../kit/suite.h"

#define PEERS 2                    /* threads, processes */
#define SOME 20
#define MANY 300
#define PATIENCE_MS 10000
#define STUCK_MS 5000
#define NOBODY 65534

static void pause_ms(long ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&pause, &pause) && errno == EINTR)
		;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void adopt(void)
{
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

/* Nobody is there any more, within seconds, whoever's child it was. */
static void assert_alone(void)
{
	pid_t pid = 0;

	for (int look = 0; look < PATIENCE_MS && pid != -1; look++) {
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid == 0)
			pause_ms(1);
	}
	ck_assert_int_eq(pid, -1);
	ck_assert_int_eq(errno, ECHILD);
}

static int here(void)
{
	int cpu = affinity_nth(0);

	ck_assert_int_ge(cpu, 0);
	ck_assert_int_eq(affinity_set(cpu, cpu), 0);
	return cpu;
}

static void begin(struct runnable *runnable, uint32_t count, bool is_process)
{
	char reason[RUNNABLE_REASON_BYTES];
	int error = runnable_begin(runnable, count, here(), is_process, reason);

	ck_assert_msg(!error, "%s: %s", strerror(-error), reason);
}

START_TEST(all_wait_for_their_turn)
{
	const uint32_t counts[] = { 1, SOME, MANY };
	bool is_process = _i % PEERS;
	uint32_t count = counts[_i / PEERS];
	struct runnable_look before, behind;
	struct runnable runnable;

	adopt();
	begin(&runnable, count, is_process);
	ck_assert_uint_ge(runnable_turns(&runnable), count);
	for (uint32_t i = 0; i < count; i++)
		ck_assert_int_eq(syscall(SYS_sched_getscheduler, runnable.table->task[i].tid),
				 SCHED_IDLE);
	runnable_look(&runnable, &before);
	pause_ms(50);
	runnable_look(&runnable, &behind);
	ck_assert_double_eq(before.waiting, count);
	ck_assert_double_eq(behind.waiting, count);
	ck_assert_double_ge(behind.turns, before.turns);
	ck_assert_double_ge(before.switches, count);
	ck_assert_double_ge(behind.switches, before.switches);
	runnable_end(&runnable);
	assert_alone();
}
END_TEST

START_TEST(none_is_nothing)
{
	struct runnable runnable, zeroed = { .count = 0 };
	struct runnable_look look;

	begin(&runnable, 0, true);
	ck_assert_uint_eq(runnable_turns(&runnable), 0);
	runnable_look(&runnable, &look);
	ck_assert_double_eq(look.waiting, 0);
	runnable_end(&runnable);
	runnable_end(&zeroed);
	assert_alone();
}
END_TEST

/* One that is stopped or gone does not count. */
START_TEST(who_does_not_wait_is_missed)
{
	const int signals[] = { SIGSTOP, SIGKILL };
	struct runnable_look look;
	struct runnable runnable;

	adopt();
	begin(&runnable, SOME, true);
	ck_assert_int_eq(kill(runnable.table->task[SOME / 2].tid, signals[_i]), 0);
	for (int i = 0; i < PATIENCE_MS / 10; i++) {
		runnable_look(&runnable, &look);
		if (look.waiting < SOME)
			break;
		pause_ms(10);
	}
	ck_assert_double_eq(look.waiting, SOME - 1);
	runnable_end(&runnable);
	assert_alone();
}
END_TEST

START_TEST(a_helper_that_is_stopped_holds_nobody_up)
{
	struct runnable runnable;
	long began;

	adopt();
	begin(&runnable, SOME, _i);
	ck_assert_int_eq(kill(runnable.helper.pid, SIGSTOP), 0);
	began = now_ms();
	runnable_end(&runnable);
	ck_assert_int_lt(now_ms() - began, 2 * STUCK_MS);
	assert_alone();
}
END_TEST

START_TEST(they_end_with_their_helper)
{
	struct runnable runnable;

	adopt();
	begin(&runnable, SOME, _i);
	ck_assert_int_eq(kill(runnable.helper.pid, SIGKILL), 0);
	runnable_end(&runnable);
	assert_alone();
}
END_TEST

/* Whoever began them is killed: no end() then. */
START_TEST(they_end_with_their_creator)
{
	struct runnable runnable;
	int ready[2];
	char byte;
	pid_t tester;

	adopt();
	ck_assert_int_eq(pipe(ready), 0);
	tester = fork();
	if (tester == 0) {
		begin(&runnable, SOME, _i);
		ck_assert_int_eq(write(ready[1], "", 1), 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_int_eq(kill(tester, SIGKILL), 0);
	assert_alone();
}
END_TEST

/* As a user of its own, for limits count what a user has in all. */
START_TEST(a_limit_is_named)
{
	const struct rlimit few = { SOME, SOME };
	char reason[RUNNABLE_REASON_BYTES];
	struct runnable runnable;
	int error;

	if (geteuid())
		return;
	adopt();
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &few), 0);
	ck_assert_int_eq(setuid(NOBODY - 1 - (uid_t)(getpid() % 1000)), 0);
	error = runnable_begin(&runnable, MANY, here(), _i, reason);
	ck_assert_int_eq(error, -EAGAIN);
	ck_assert_msg(strstr(reason, "RLIMIT_NPROC 20"), "%s", reason);
	runnable_end(&runnable);
	assert_alone();
}
END_TEST

/* This process and the helper, those that are asked for, and then none or one more. */
START_TEST(there_is_room_for_the_other_side)
{
	const struct rlimit exact = { SOME + 2 + (rlim_t)_i % 2, SOME + 2 + (rlim_t)_i % 2 };
	char reason[RUNNABLE_REASON_BYTES];
	struct runnable runnable;
	int error;

	if (geteuid())
		return;
	adopt();
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &exact), 0);
	ck_assert_int_eq(setuid(NOBODY - 2000 - (uid_t)(getpid() % 1000)), 0);
	error = runnable_begin(&runnable, SOME, here(), _i / 2, reason);
	ck_assert_int_eq(error, _i % 2 ? 0 : -EAGAIN);
	runnable_end(&runnable);
	assert_alone();
}
END_TEST

START_TEST(a_cpu_that_is_not_there_is_an_error)
{
	char reason[RUNNABLE_REASON_BYTES];
	struct runnable runnable;

	adopt();
	ck_assert_int_eq(runnable_begin(&runnable, SOME, 1000000, _i, reason), -EINVAL);
	runnable_end(&runnable);
	assert_alone();
}
END_TEST

/* --- control groups */

static bool is_there(const char *path)
{
	struct stat status;

	return !stat(path, &status);
}

/* False where this account may not: the reason then says what to change. */
static bool enter(struct cgroup_nest *nest, uint32_t depth)
{
	char reason[CGROUP_NEST_REASON_BYTES];

	if (!cgroup_nest_begin(nest, depth, reason))
		return true;
	ck_assert_ptr_nonnull(strstr(reason, "no cgroup can be made here: "));
	fprintf(stderr, "passed over: %s\n", reason);
	return false;
}

START_TEST(levels_are_what_was_asked_for)
{
	const uint32_t depths[] = { 1, 2, 8, 64 };
	struct cgroup_nest nest;
	char top[SYSFILE_PATH_MAX];
	int child;

	adopt();
	if (!enter(&nest, depths[_i]))
		return;
	strcpy(top, nest.top);
	ck_assert(is_there(top));
	ck_assert_int_eq(cgroup_nest_levels(&nest, getpid()), (int)depths[_i]);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	ck_assert_int_eq(cgroup_nest_levels(&nest, child), (int)depths[_i]);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	cgroup_nest_end(&nest);
	ck_assert_int_eq(cgroup_nest_levels(&nest, getpid()), 0);
	ck_assert(!is_there(top));
	assert_alone();
}
END_TEST

START_TEST(no_level_is_nothing)
{
	struct cgroup_nest nest, zeroed = { .depth = 0 };

	ck_assert(enter(&nest, 0));
	cgroup_nest_end(&nest);
	cgroup_nest_end(&zeroed);
	assert_alone();
}
END_TEST

/* Killed: the worker alone, or before it the guard. */
START_TEST(groups_end_with_their_maker)
{
	char top[SYSFILE_PATH_MAX] = "";
	int there[2];
	pid_t tester;

	adopt();
	ck_assert_int_eq(pipe(there), 0);
	tester = fork();
	if (tester == 0) {
		struct cgroup_nest nest;

		if (!enter(&nest, 3))
			_exit(0);
		if (write(there[1], nest.top, sizeof(nest.top)) != sizeof(nest.top))
			_exit(1);
		if (!_i)
			kill(getpid(), SIGKILL);
		kill(nest.guard.pid, SIGKILL);
		cgroup_nest_end(&nest);
		_exit(0);
	}
	close(there[1]);
	if (read(there[0], top, sizeof(top)) == sizeof(top)) {
		assert_alone();
		ck_assert_msg(!is_there(top), "%s is left", top);
	}
	assert_alone();
}
END_TEST

START_TEST(who_may_not_is_told_what_to_change)
{
	char reason[CGROUP_NEST_REASON_BYTES];
	struct cgroup_nest nest;

	if (geteuid())
		return;
	adopt();
	ck_assert_int_eq(setuid(NOBODY), 0);
	ck_assert_int_lt(cgroup_nest_begin(&nest, 2, reason), 0);
	ck_assert_ptr_nonnull(strstr(reason, "no cgroup can be made here: "));
	cgroup_nest_end(&nest);
	assert_alone();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("runnable");
	TCase *tasks = tcase_create("tasks"), *groups = tcase_create("groups");

	tcase_set_timeout(tasks, 30);
	tcase_add_loop_test(tasks, all_wait_for_their_turn, 0, 3 * PEERS);
	tcase_add_test(tasks, none_is_nothing);
	tcase_add_loop_test(tasks, who_does_not_wait_is_missed, 0, 2);
	tcase_add_loop_test(tasks, a_helper_that_is_stopped_holds_nobody_up, 0, PEERS);
	tcase_add_loop_test(tasks, they_end_with_their_helper, 0, PEERS);
	tcase_add_loop_test(tasks, they_end_with_their_creator, 0, PEERS);
	tcase_add_loop_test(tasks, a_limit_is_named, 0, PEERS);
	tcase_add_loop_test(tasks, there_is_room_for_the_other_side, 0, 2 * PEERS);
	tcase_add_loop_test(tasks, a_cpu_that_is_not_there_is_an_error, 0, PEERS);
	suite_add_tcase(suite, tasks);
	tcase_set_timeout(groups, 30);
	tcase_add_loop_test(groups, levels_are_what_was_asked_for, 0, 4);
	tcase_add_test(groups, no_level_is_nothing);
	tcase_add_loop_test(groups, groups_end_with_their_maker, 0, 2);
	tcase_add_test(groups, who_may_not_is_told_what_to_change);
	suite_add_tcase(suite, groups);
	return suite_run(suite);
}
