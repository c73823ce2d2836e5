/* SPDX-License-Identifier: MIT */
/* check_sched_policy - the words of --sched, and that they take hold */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/sched-policy.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define DEADLINE 6

static const struct {
	const char *word;
	struct sched_policy policy;
} good[] = {
	{ "other", { SCHED_OTHER, 0, 0, 0 } },
	{ "batch", { SCHED_BATCH, 0, 0, 0 } },
	{ "idle", { SCHED_IDLE, 0, 0, 0 } },
	{ "fifo", { SCHED_FIFO, 1, 0, 0 } },
	{ "fifo:1", { SCHED_FIFO, 1, 0, 0 } },
	{ "fifo:99", { SCHED_FIFO, 99, 0, 0 } },
	{ "rr", { SCHED_RR, 1, 0, 0 } },
	{ "rr:50", { SCHED_RR, 50, 0, 0 } },
	{ "deadline:1ms/10ms", { DEADLINE, 0, 1000000, 10000000 } },
	{ "deadline:500us/1ms", { DEADLINE, 0, 500000, 1000000 } },
	{ "deadline:1ms/1ms", { DEADLINE, 0, 1000000, 1000000 } },
	{ "deadline:1024ns/4s", { DEADLINE, 0, 1024, 4000000000 } },
};

START_TEST(is_parsed)
{
	struct sched_policy policy = { 77, 77, 77, 77 };
	const struct sched_policy *expected = &good[_i].policy;

	ck_assert_int_eq(sched_policy_parse(good[_i].word, &policy), 0);
	ck_assert_uint_eq(policy.policy, expected->policy);
	ck_assert_uint_eq(policy.priority, expected->priority);
	ck_assert_uint_eq(policy.runtime_ns, expected->runtime_ns);
	ck_assert_uint_eq(policy.period_ns, expected->period_ns);
}
END_TEST

static const char *const bad[] = {
	"", "Other", "others", "batch:1", "idle:0", "normal", "fifo:", "fifo:0", "fifo:100",
	"fifo:-1", "fifo:1.5", "fifo1", "fifo 1", "fifo:1k", "rr:", "rr:0", "rr:100", "rrr",
	"deadline", "deadline:", "deadline:1ms", "deadline:/", "deadline:1ms/", "deadline:/1ms",
	"deadline:2ms/1ms", "deadline:1023ns/1ms", "deadline:1ms/5s", "deadline:0/0",
	"deadline:1ms/10ms/20ms", "deadline1ms/2ms", "deadline:x/10ms", "deadline:-1ms/10ms",
	"deadline:1e300s/1e308s",
};

START_TEST(is_refused)
{
	struct sched_policy policy;

	ck_assert_int_eq(sched_policy_parse(bad[_i], &policy), -EINVAL);
}
END_TEST

/* Asked by the calls themselves: musl's functions of these names refuse. */
static int policy_here(void)
{
	return (int)syscall(SYS_sched_getscheduler, 0);
}

/* What no account is denied; the test runs in a process of its own. */
static const char *const free_for_all[] = { "other", "batch" };

START_TEST(takes_hold)
{
	struct sched_policy policy;

	ck_assert_int_eq(sched_policy_parse(free_for_all[_i], &policy), 0);
	ck_assert_int_eq(sched_policy_apply(&policy), 0);
	ck_assert_int_eq(policy_here(), (int)policy.policy);
}
END_TEST

static const char *const privileged[] = { "fifo:7", "rr:3" };

START_TEST(takes_hold_or_says_why)
{
	struct sched_policy policy;
	struct sched_param parameter;
	int error, before = policy_here();

	ck_assert_int_eq(sched_policy_parse(privileged[_i], &policy), 0);
	error = sched_policy_apply(&policy);
	if (error) {
		ck_assert_int_eq(error, -EPERM);
		ck_assert_int_eq(policy_here(), before);
		return;
	}
	ck_assert_int_eq(policy_here(), (int)policy.policy);
	ck_assert_int_eq(syscall(SYS_sched_getparam, 0, &parameter), 0);
	ck_assert_int_eq(parameter.sched_priority, (int)policy.priority);
}
END_TEST

START_TEST(impossible_policy_is_an_error)
{
	const struct sched_policy policy = { .policy = 4711 };

	ck_assert_int_eq(sched_policy_apply(&policy), -EINVAL);
}
END_TEST

static Suite *sched_policy_suite(void)
{
	Suite *suite = suite_create("sched-policy");
	TCase *words = tcase_create("words"), *applied = tcase_create("applied");

	tcase_add_loop_test(words, is_parsed, 0, COUNT_OF(good));
	tcase_add_loop_test(words, is_refused, 0, COUNT_OF(bad));
	tcase_add_loop_test(applied, takes_hold, 0, COUNT_OF(free_for_all));
	tcase_add_loop_test(applied, takes_hold_or_says_why, 0, COUNT_OF(privileged));
	tcase_add_test(applied, impossible_policy_is_an_error);
	suite_add_tcase(suite, words);
	suite_add_tcase(suite, applied);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(sched_policy_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
