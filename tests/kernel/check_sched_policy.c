/* SPDX-License-Identifier: MIT */
/* check_sched_policy - a policy takes hold, or the kernel says why not */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/sched-policy.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Asked by the calls themselves: musl's functions of these names refuse. */
static int policy_here(void)
{
	return (int)syscall(SYS_sched_getscheduler, 0);
}

/* What no account is denied; the test runs in a process of its own. */
static const struct sched_policy free_for_all[] = {
	{ .policy = SCHED_OTHER },
	{ .policy = SCHED_BATCH },
};

START_TEST(takes_hold)
{
	ck_assert_int_eq(sched_policy_apply(&free_for_all[_i]), 0);
	ck_assert_int_eq(policy_here(), (int)free_for_all[_i].policy);
}
END_TEST

static const struct sched_policy privileged[] = {
	{ .policy = SCHED_FIFO, .priority = 7 },
	{ .policy = SCHED_RR, .priority = 3 },
};

START_TEST(takes_hold_or_says_why)
{
	const struct sched_policy *policy = &privileged[_i];
	struct sched_param parameter;
	int before = policy_here(), error = sched_policy_apply(policy);

	if (error) {
		ck_assert_int_eq(error, -EPERM);
		ck_assert_int_eq(policy_here(), before);
		return;
	}
	ck_assert_int_eq(policy_here(), (int)policy->policy);
	ck_assert_int_eq(syscall(SYS_sched_getparam, 0, &parameter), 0);
	ck_assert_int_eq(parameter.sched_priority, (int)policy->priority);
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
	TCase *applied = tcase_create("applied");

	tcase_add_loop_test(applied, takes_hold, 0, COUNT_OF(free_for_all));
	tcase_add_loop_test(applied, takes_hold_or_says_why, 0, COUNT_OF(privileged));
	tcase_add_test(applied, impossible_policy_is_an_error);
	suite_add_tcase(suite, applied);
	return suite;
}

int main(void)
{
	return suite_run(sched_policy_suite());
}
