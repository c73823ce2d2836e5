/* SPDX-License-Identifier: MIT */
/* check_job - "key=value" arguments, as a worker reads them */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/job.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define UNTOUCHED 77

struct job {
	int number;
	uint64_t large;
	double real;
	const char *word;
};

static const struct job_key keys[] = {
	{ "number", JOB_INT, offsetof(struct job, number) },
	{ "large", JOB_U64, offsetof(struct job, large) },
	{ "real", JOB_DOUBLE, offsetof(struct job, real) },
	{ "word", JOB_WORD, offsetof(struct job, word) },
	{ NULL, JOB_INT, 0 },
};

static int parse_one(char *argument, struct job *job, const char **ret_word)
{
	*job = (struct job){ UNTOUCHED, UNTOUCHED, UNTOUCHED, NULL };
	return job_parse(keys, 1, &argument, job, ret_word);
}

START_TEST(all_kinds_at_once)
{
	char *argv[] = { "real=0.25", "word=fork", "number=-3", "large=18446744073709551615" };
	struct job job = { 0 };
	const char *word = NULL;

	ck_assert_int_eq(job_parse(keys, COUNT_OF(argv), argv, &job, &word), 0);
	ck_assert_int_eq(job.number, -3);
	ck_assert_uint_eq(job.large, UINT64_MAX);
	ck_assert_double_eq(job.real, 0.25);
	ck_assert_str_eq(job.word, "fork");
	ck_assert_ptr_eq(job.word, argv[1] + 5);
}
END_TEST

START_TEST(nothing_is_asked)
{
	struct job job = { .number = UNTOUCHED };
	const char *word = NULL;

	ck_assert_int_eq(job_parse(keys, 0, NULL, &job, &word), 0);
	ck_assert_int_eq(job.number, UNTOUCHED);
}
END_TEST

static const struct { char *argument; int number; } numbers[] = {
	{ "number=0", 0 }, { "number=2147483647", INT_MAX }, { "number=-2147483648", INT_MIN },
	{ "number=010", 10 },
};

START_TEST(number)
{
	const char *word;
	struct job job;

	ck_assert_int_eq(parse_one(numbers[_i].argument, &job, &word), 0);
	ck_assert_int_eq(job.number, numbers[_i].number);
}
END_TEST

static const struct { char *argument; const char *word; } words[] = {
	{ "word=", "" }, { "word=a=b", "a=b" }, { "word=/bin/true -x", "/bin/true -x" },
};

START_TEST(word_is_taken_as_it_is)
{
	const char *word;
	struct job job;

	ck_assert_int_eq(parse_one(words[_i].argument, &job, &word), 0);
	ck_assert_str_eq(job.word, words[_i].word);
}
END_TEST

START_TEST(last_one_counts)
{
	char *argv[] = { "number=1", "number=2" };
	struct job job = { 0 };
	const char *word;

	ck_assert_int_eq(job_parse(keys, 2, argv, &job, &word), 0);
	ck_assert_int_eq(job.number, 2);
}
END_TEST

static char *const bad[] = {
	"", "=", "=5", "number", "numbers=1", "numb=1", "Number=1", " number=1", "other=1",
	"number=", "number=x", "number=1x", "number=1 ", "number=1.5", "number=2147483648",
	"number=-2147483649", "number=99999999999999999999", "number=0x10",
	"large=", "large=-1", "large= -1", "large=18446744073709551616", "large=1k", "large=1.0",
	"real=", "real=x", "real=1x", "real=1e999", "real=-inf",
	"real=-nan", "real=0x10", "real=-0X1p3",
};

START_TEST(is_refused)
{
	const char *word = NULL;
	struct job job;

	ck_assert_int_eq(parse_one(bad[_i], &job, &word), -EINVAL);
	ck_assert_ptr_eq(word, bad[_i]);
	ck_assert_int_eq(job.number, UNTOUCHED);
	ck_assert_uint_eq(job.large, UNTOUCHED);
	ck_assert_double_eq(job.real, UNTOUCHED);
}
END_TEST

START_TEST(the_argument_in_question_is_named)
{
	char *argv[] = { "number=1", "large=x", "number=3" };
	struct job job = { 0 };
	const char *word = NULL;

	ck_assert_int_eq(job_parse(keys, 3, argv, &job, &word), -EINVAL);
	ck_assert_ptr_eq(word, argv[1]);
	ck_assert_int_eq(job.number, 1);
}
END_TEST

/* What is printed says the value to the last bit, and no other. */
static const struct job printed[] = {
	{ 0, 0, 0, NULL }, { INT_MIN, UINT64_MAX, -0.1, "" }, { INT_MAX, 1, 1e300, "a=b c" },
	{ -1, 1ull << 53, 0.400000000003, "x" }, { 5, 7, 2.2250738585072014e-308, "/a/b" },
};

START_TEST(what_is_printed_is_read_again)
{
	for (int i = 0; keys[i].name; i++) {
		struct job again = { UNTOUCHED, UNTOUCHED, UNTOUCHED, NULL };
		char text[400], *argument = text;
		const char *word, *is = printed[_i].word;
		size_t length = (size_t)job_print(&keys[i], &printed[_i], text, sizeof(text));

		ck_assert_uint_eq(length, strlen(text));
		if (keys[i].type == JOB_WORD && !is) {
			ck_assert_str_eq(text, "word");
			continue;
		}
		ck_assert_int_eq(job_parse(keys, 1, &argument, &again, &word), 0);
		if (keys[i].type == JOB_INT)
			ck_assert_int_eq(again.number, printed[_i].number);
		else if (keys[i].type == JOB_U64)
			ck_assert_uint_eq(again.large, printed[_i].large);
		else if (keys[i].type == JOB_DOUBLE)
			ck_assert_mem_eq(&again.real, &printed[_i].real, sizeof(double));
		else
			ck_assert_str_eq(again.word, is);
	}
}
END_TEST

static Suite *job_suite(void)
{
	Suite *suite = suite_create("job");
	TCase *tcase = tcase_create("arguments");

	tcase_add_test(tcase, all_kinds_at_once);
	tcase_add_test(tcase, nothing_is_asked);
	tcase_add_loop_test(tcase, number, 0, COUNT_OF(numbers));
	tcase_add_loop_test(tcase, word_is_taken_as_it_is, 0, COUNT_OF(words));
	tcase_add_test(tcase, last_one_counts);
	tcase_add_loop_test(tcase, is_refused, 0, COUNT_OF(bad));
	tcase_add_test(tcase, the_argument_in_question_is_named);
	tcase_add_loop_test(tcase, what_is_printed_is_read_again, 0, COUNT_OF(printed));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(job_suite());
}
