/* SPDX-License-Identifier: MIT */
/* check_sampling - what make check leaves out on one day it runs on another */
#include "sample.h"

static const struct { int rows, columns; unsigned int share; } families[] = {
	{ 1, 1, 8 }, { 37, 1, 8 }, { 37, 2, 8 }, { 37, 10, 8 }, { 74, 12, 8 }, { 22, 8, 8 },
	{ 3, 1, 4 }, { 33, 4, 3 }, { 5, 26, 64 }, { 8, 1, 1 },
};

START_TEST(each_case_has_its_day)
{
	int count = families[_i].rows * families[_i].columns;

	for (int i = 0; i < count; i++) {
		int days = 0;

		for (unsigned int seed = 20000; seed < 20000 + families[_i].share; seed++)
			days += sample_has(i, families[_i].columns, families[_i].share, seed);
		ck_assert_int_eq(days, 1);
	}
}
END_TEST

/* Else one is taken all the same, which is another one each day. */
START_TEST(a_large_family_has_cases_each_day)
{
	int columns = families[_i].columns, count = families[_i].rows * columns;
	unsigned int share = families[_i].share;

	if (families[_i].rows < (int)share && columns < (int)share)
		return;
	for (unsigned int seed = 20000; seed < 20000 + share; seed++) {
		int cases = 0;

		for (int i = 0; i < count; i++)
			cases += sample_has(i, columns, share, seed);
		ck_assert_int_gt(cases, 0);
	}
}
END_TEST

START_TEST(the_environment_decides)
{
	ck_assert_int_eq(setenv("HANDOFF_TEST_SEED", "17", 1), 0);
	ck_assert_int_eq(unsetenv("HANDOFF_CHECK_LONG"), 0);
	ck_assert_int_eq(unsetenv("HANDOFF_TEST_SHARE"), 0);
	ck_assert_uint_eq(sample_seed(), 17);
	ck_assert_uint_eq(sample_share(8), 8);
	ck_assert_int_eq(setenv("HANDOFF_TEST_SHARE", "64", 1), 0);
	ck_assert_uint_eq(sample_share(8), 64);
	ck_assert_int_eq(setenv("HANDOFF_CHECK_LONG", "1", 1), 0);
	ck_assert_uint_eq(sample_share(8), 1);
}
END_TEST

START_TEST(families_differ_on_one_day)
{
	unsigned int first = sample_family_seed();

	ck_assert_uint_eq(sample_family_seed(), first + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sampling");
	TCase *tcase = tcase_create("samples");
	SRunner *runner = srunner_create(suite);
	int count = sizeof(families) / sizeof(families[0]), failed;

	tcase_add_loop_test(tcase, each_case_has_its_day, 0, count);
	tcase_add_loop_test(tcase, a_large_family_has_cases_each_day, 0, count);
	tcase_add_test(tcase, the_environment_decides);
	tcase_add_test(tcase, families_differ_on_one_day);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
