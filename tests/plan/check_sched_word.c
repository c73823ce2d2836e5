/* SPDX-License-Identifier: MIT */
/* check_sched_word - the words of --sched */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "plan/sched-word.h"
#include "../kit/suite.h"

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

	ck_assert_int_eq(sched_word_parse(good[_i].word, &policy), 0);
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

	ck_assert_int_eq(sched_word_parse(bad[_i], &policy), -EINVAL);
}
END_TEST

static Suite *sched_word_suite(void)
{
	Suite *suite = suite_create("sched-word");
	TCase *words = tcase_create("words");

	tcase_add_loop_test(words, is_parsed, 0, COUNT_OF(good));
	tcase_add_loop_test(words, is_refused, 0, COUNT_OF(bad));
	suite_add_tcase(suite, words);
	return suite;
}

int main(void)
{
	return suite_run(sched_word_suite());
}
