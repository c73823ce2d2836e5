/* SPDX-License-Identifier: MIT */
/* check_figure_order - records that break an invariant each, and honest ones that do not. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../kit/suite.h"
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

/* p50 3000, and a mean of 1000: three operations of 3000 with one of so many ticks. */
static const struct { uint64_t short_one; uint32_t shorts; bool holds; } distributions[] = {
	{ 10, 6, true },               /* most are short: they say why */
	{ 2900, 1, false }, { 10, 0, false },
};

START_TEST(a_mean_below_the_median_is_explained)
{
	struct metric_series metric = { .bucket_ticks = 1 };
	const struct result result = {
		.ns_per_tick = 1, .min = 10, .p50 = 3000, .mean = 1000, .max = 3100,
		.metric = &metric,
	};
	char reason[RESULT_REASON_BYTES] = "";

	ck_assert_int_eq(histogram_init(&metric.histogram), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(histogram_record(&metric.histogram, 3000), 0);
	for (uint32_t i = 0; i < distributions[_i].shorts; i++)
		ck_assert_int_eq(histogram_record(&metric.histogram, distributions[_i].short_one), 0);
	ck_assert_int_eq(figures_are_in_order(&result, reason), distributions[_i].holds);
	ck_assert_msg(!strstr(reason, "mean 1000 ns: by its distribution") == distributions[_i].holds,
		      "%s", reason);
	histogram_done(&metric.histogram);
}
END_TEST

static const struct {
	double p50, p50_hi, overhead, floor_lo;
	bool is_batch, is_net, holds;
} costs[] = {
	{ 60, 70, 0, 48, false, false, true },
	{ 40, 46, 0, 48, false, false, true },    /* nearly as much: by chance */
	{ 20, 24, 0, 48, false, false, false },
	/* of few rounds: either may be the one that was disturbed */
	{ 20, NAN, 0, 48, false, false, true }, { 20, 24, 0, NAN, false, false, true },
	{ -3, -1, 0, 48, false, false, false },
	{ 20, 24, 25, 48, false, false, true },   /* what was taken off may be as wrong */
	{ 20, 24, 0, 48, true, false, true }, { 20, 24, 0, 48, false, true, true },
};

START_TEST(nothing_costs_less_than_nothing)
{
	static const struct mechanism null = { "null", "", MECHANISM_YARDSTICK | MECHANISM_FLOOR };
	const struct cell cell = { .mechanism = &null };
	const struct metric_series metric = { .is_batch = costs[_i].is_batch };
	const struct series series = { .flags = costs[_i].is_net ? ROUND_TWIN : 0 };
	const struct result floor = { .cell = &cell, .p50 = 50,
				      .p50_lo = costs[_i].floor_lo, .p50_hi = 52 };
	const struct result result = {
		.series = &series, .metric = &metric, .ns_per_tick = 1, .p50 = costs[_i].p50,
		.p50_lo = costs[_i].p50, .p50_hi = costs[_i].p50_hi, .overhead = costs[_i].overhead,
	};
	char reason[RESULT_REASON_BYTES] = "";

	ck_assert_int_eq(figures_are_above(&result, &floor, reason), costs[_i].holds);
	ck_assert_msg(!strstr(reason, "and that of null 50 ns: it cannot cost less than doing nothing") ==
		      costs[_i].holds, "%s", reason);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("figure_order");
	TCase *tcase = tcase_create("records");

	tcase_add_loop_test(tcase, figures_that_contradict_each_other, 0, COUNT_OF(records));
	tcase_add_loop_test(tcase, a_mean_below_the_median_is_explained, 0, COUNT_OF(distributions));
	tcase_add_loop_test(tcase, nothing_costs_less_than_nothing, 0, COUNT_OF(costs));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
