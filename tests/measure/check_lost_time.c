/* SPDX-License-Identifier: MIT */
/* check_lost_time - what two looks at the kernel's counts make, and what they cannot tell */
#include <check.h>
#include <sched.h>
#include <stdlib.h>

#include "kernel/cpu-steal.h"
#include "tests/kit/fake-root.h"
#include "measure/lost-time.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct task_usage usage(double cpu, double delay, double involuntary, uint64_t at)
{
	struct task_usage usage;

	task_usage_init(&usage);
	usage.cpu_ns = cpu;
	usage.run_delay_ns = delay;
	usage.nivcsw = involuntary;
	usage.at_ns = at;
	return usage;
}

/* Two tasks: the one that measures has the edges; what is not known of one is not known of both. */
START_TEST(tasks_add_up)
{
	const struct task_usage before[] = { usage(100, 10, 1, 1000), usage(500, 50, 0, 900) };
	const struct task_usage after[] = { usage(400, 30, 4, 2000), usage(900, 55, 2, 2100) };
	const struct task_usage blind = usage(-1, -1, -1, 2100);
	struct lost_time lost;

	lost_time_init(&lost);
	lost_time_add(&lost, &before[0], &after[0]);
	lost_time_add(&lost, &before[1], &after[1]);
	ck_assert_double_eq(lost_time_window_ns(&lost), 1000);
	ck_assert_double_eq(lost.cpu_ns, 700);
	ck_assert_double_eq(lost.run_delay_ns, 25);
	ck_assert_double_eq(lost.involuntary, 5);
	lost.cpus = 1;
	ck_assert_double_eq(lost_time_gap_ns(&lost), 300);
	lost.cpus = 2;
	ck_assert_double_eq(lost_time_gap_ns(&lost), 1300);
	lost.cpus = 0;
	ck_assert_double_lt(lost_time_gap_ns(&lost), 0);
	lost_time_add(&lost, &before[1], &blind);
	ck_assert_double_lt(lost.cpu_ns, 0);
	ck_assert_double_lt(lost.run_delay_ns, 0);
	ck_assert_double_lt(lost.involuntary, 0);
	lost.cpus = 1;
	ck_assert_double_lt(lost_time_gap_ns(&lost), 0);
}
END_TEST

/* -1: it says nothing, or has taken nothing yet. */
static const struct { double before, after, expected; } steals[] = {
	{ 10, 30, 20 }, { 10, 10, 0 }, { -1, 10, 10 }, { -1, -1, -1 }, { 10, -1, -1 }, { 30, 10, -1 },
};

START_TEST(steal_between)
{
	ck_assert_double_eq(lost_time_steal(steals[_i].before, steals[_i].after),
			    steals[_i].expected);
}
END_TEST

/* In ticks of the kernel; -1: not known. */
static const struct { const char *stat; int a, b; double ticks; } stats[] = {
	{ "cpu  9 9 9 9 9 9 9 12 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 4 0 0\n", 0, 0, 8 },
	{ "cpu  9 9 9 9 9 9 9 12 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 4 0 0\n", 0, 1, 12 },
	{ "cpu  9 9 9 9 9 9 9 12 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 4 0 0\n", -1, -1, 12 },
	{ "cpu  9 9 9 9 9 9 9 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 0 0 0\n", 0, 1, 8 },
	{ "cpu  9 9 9 9 9 9 9 0 0 0\ncpu0 1 2 3 4 5 6 7 0 0 0\n", 0, 0, -1 },
	{ "cpu  9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7\n", 0, 0, -1 },
	{ "cpu0 1 2 3 4 5 6 7 8 0 0\n", 1, 1, -1 },
	{ NULL, 0, 0, -1 },
};

START_TEST(steal_of_cpus)
{
	struct fake_root root;
	double ns;

	fake_root_new(&root);
	if (stats[_i].stat)
		fake_root_bytes(&root, "/proc/stat", stats[_i].stat, strlen(stats[_i].stat));
	ns = cpu_steal_ns(root.path, stats[_i].a, stats[_i].b);
	fake_root_free(&root);
	ck_assert_double_eq(ns, stats[_i].ticks < 0 ? -1 : stats[_i].ticks * cpu_steal_step_ns());
}
END_TEST

/* What the kernel says of us only grows; where it does not count, nothing is said. */
START_TEST(own_counts_grow)
{
	struct task_usage before, after;

	task_usage_own(false, &before);
	sched_yield();
	task_usage_own(true, &after);
	ck_assert_uint_gt(after.at_ns, before.at_ns);
	ck_assert_double_gt(after.cpu_ns, before.cpu_ns);
	ck_assert((after.run_delay_ns < 0) == (before.run_delay_ns < 0));
	ck_assert_double_ge(after.run_delay_ns, before.run_delay_ns);
}
END_TEST

static Suite *lost_time_suite(void)
{
	Suite *suite = suite_create("lost-time");
	TCase *tcase = tcase_create("edges");

	tcase_add_test(tcase, tasks_add_up);
	tcase_add_loop_test(tcase, steal_between, 0, (int)COUNT_OF(steals));
	tcase_add_loop_test(tcase, steal_of_cpus, 0, (int)COUNT_OF(stats));
	tcase_add_test(tcase, own_counts_grow);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(lost_time_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
