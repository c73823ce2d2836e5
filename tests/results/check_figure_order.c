/* SPDX-License-Identifier: MIT */
/* check_figure_order - records that break an invariant each, and honest ones that do not. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure-order.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	double min, p50, mean, max, overhead;
	const char *words;             /* of the reason; NULL: it holds */
} records[] = {
	{ 900, 700, 3000, 9e4, 0, "min is 900 ns and p50 700 ns" },
	{ 900, 1200, 3000, 1000, 0, "p50 is 1200 ns and max 1000 ns" },
	{ 900, 1200, 500, 9e4, 0, "min is 900 ns and mean 500 ns" },
	{ 900, 1200, 3000, 2000, 0, "mean is 3000 ns and max 2000 ns" },
	{ 900, 1200, 1000, 2000, 0, NULL },
	{ -2, -1, 0, 30, 26, NULL },
	{ 10, 5, 12, 30, 26, NULL },
	{ NAN, 5, NAN, NAN, 0, NULL },
};

START_TEST(figures_that_contradict_each_other)
{
	const struct result result = {
		.ns_per_tick = 0.4, .min = records[_i].min, .p50 = records[_i].p50,
		.mean = records[_i].mean, .max = records[_i].max, .overhead = records[_i].overhead,
	};
	char reason[RESULT_REASON_BYTES] = "";

	ck_assert_int_eq(figures_are_in_order(&result, reason), records[_i].words == NULL);
	if (records[_i].words)
		ck_assert_msg(strstr(reason, records[_i].words), "%s", reason);
	else
		ck_assert_str_eq(reason, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("figure_order");
	TCase *tcase = tcase_create("records");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, figures_that_contradict_each_other, 0, COUNT_OF(records));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
