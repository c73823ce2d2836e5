/* SPDX-License-Identifier: MIT */
/* check_trend - lib/statistics/trend on known numbers and synthetic series */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "statistics/trend.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ALPHA 0.05
#define ROUNDS 40

/* Spread evenly over [-1, 1], in an order without trend. */
static double wobble(size_t i)
{
	return (double)(i * 17 % 41) / 20 - 1;
}

static const struct {
	double y[10];
	size_t n;
	int64_t s;
	double variance, z;
} mann_kendall[] = {
	{ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 10, 45, 125, 3.935 },
	{ { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 }, 10, -45, 125, -3.935 },
	{ { 1, 3, 2, 4, 3, 5, 4, 6, 5, 7 }, 10, 34, 125, 2.952 },
	{ { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 }, 10, 0, 125, 0 },
	{ { 1, 2 }, 2, 1, 1, 0 },
	{ { 1 }, 1, 0, 0, 0 },
	{ { 0 }, 0, 0, 0, 0 },
};

START_TEST(mann_kendall_answers)
{
	struct trend_test test = trend_mann_kendall(mann_kendall[_i].y, mann_kendall[_i].n);

	ck_assert_int_eq(test.s, mann_kendall[_i].s);
	ck_assert_double_eq(test.variance, mann_kendall[_i].variance);
	ck_assert_double_eq_tol(test.z, mann_kendall[_i].z, 5e-4);
}
END_TEST

static const struct { double y[10]; size_t n; double slope; } slopes[] = {
	{ { 1, 3, 2, 4, 3, 5, 4, 6, 5, 70 }, 10, 0.5 },
	{ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 10, 1 },
	{ { 7, 4 }, 2, -3 },
	{ { 5, 5, 5 }, 3, 0 },
};

START_TEST(theil_sen)
{
	double slope = NAN;

	ck_assert_int_eq(trend_theil_sen(slopes[_i].y, slopes[_i].n, &slope), 0);
	ck_assert_double_eq_tol(slope, slopes[_i].slope, 1e-12);
}
END_TEST

START_TEST(refusals)
{
	static const double y[] = { 1, NAN, 3, 4 };
	static double many[TREND_ROUNDS_MAX + 1];
	struct interval none = { .has_interval = false };
	struct trend_modes modes = { .low = -1 };
	double slope = -1;
	bool is_drift = true, is_step = true;

	ck_assert_int_eq(trend_theil_sen(y, 0, &slope), -EINVAL);
	ck_assert_int_eq(trend_theil_sen(y, 1, &slope), -EINVAL);
	ck_assert_int_eq(trend_theil_sen(y, 4, &slope), -EDOM);
	ck_assert_int_eq(trend_theil_sen(many, COUNT_OF(many), &slope), -E2BIG);
	ck_assert_int_eq(trend_judge_drift(y, 1, &none, &is_drift), -EINVAL);
	ck_assert_int_eq(trend_judge_step(y, 2, &none, &is_step), -EINVAL);
	ck_assert_int_eq(trend_judge_step(y, 4, &none, &is_step), -EDOM);
	ck_assert_int_eq(trend_split_modes(y, 0, &modes), -EINVAL);
	ck_assert_int_eq(trend_split_modes(y, 4, &modes), -EDOM);
	ck_assert_double_eq(slope, -1);
	ck_assert_double_eq(modes.low, -1);
	ck_assert(is_drift && is_step);
}
END_TEST

/* 100 + slope r + step in the second half + noise wobble */
static const struct {
	double slope, step, noise;
	bool has_interval;	/* hand the verdict an interval of +-half_width */
	double half_width;
	bool is_drift, is_step;
} series[] = {
	{ 0, 0, 1, true, .3, false, false },
	{ .1, 0, .5, false, 0, true, false },		/* 0.1 % per round */
	{ -.1, 0, .5, false, 0, true, false },
	{ .1, 0, .5, true, .5, true, true },		/* thirds 2.7 apart, width 1 */
	{ .1, 0, .5, true, 1, true, false },		/* width 2 */
	{ .1, 0, .5, true, 5, false, false },		/* hidden in the interval */
	{ .02, 0, .1, false, 0, false, false },		/* clear, but 0.8 % in all */
	{ .02, 0, .1, true, .05, false, true },
	{ .03, 0, .1, true, .05, true, true },		/* 1.2 % in all */
	{ .1, 0, 10, false, 0, false, false },		/* 4 % in all, but not significant */
	{ 0, 5, 1, true, .5, true, true },
	{ 0, -5, 1, true, .5, true, true },
	{ 0, 5, 1, true, 1.5, true, false },
	{ 0, 5, 1, false, 0, true, false },
};

START_TEST(drift_and_step)
{
	struct interval interval = {
		.lo = 100 - series[_i].half_width,
		.mid = 100,
		.hi = 100 + series[_i].half_width,
		.has_interval = series[_i].has_interval,
	};
	double y[ROUNDS];
	bool is_drift, is_step;

	for (size_t i = 0; i < ROUNDS; i++)
		y[i] = 100 + series[_i].slope * (double)i + series[_i].noise * wobble(i) +
		       (i < ROUNDS / 2 ? 0 : series[_i].step);
	ck_assert_int_eq(trend_judge_drift(y, ROUNDS, &interval, &is_drift), 0);
	ck_assert_int_eq(trend_judge_step(y, ROUNDS, &interval, &is_step), 0);
	ck_assert_int_eq(is_drift, series[_i].is_drift);
	ck_assert_int_eq(is_step, series[_i].is_step);
}
END_TEST

START_TEST(square_wave_is_serial_not_drift)
{
	double y[64];
	struct interval interval;
	bool is_drift, is_step;

	for (size_t i = 0; i < 64; i++)
		y[i] = 100 + (i % 8 < 4 ? 2 : -2) + .5 * wobble(i);
	interval = statistics_median_interval(y, 64, ALPHA);
	ck_assert_double_gt(interval.rho, .3);
	ck_assert_double_lt(interval.n_eff, 40);
	ck_assert_int_eq(trend_judge_drift(y, 64, &interval, &is_drift), 0);
	ck_assert_int_eq(trend_judge_step(y, 64, &interval, &is_step), 0);
	ck_assert(!is_drift && !is_step);
}
END_TEST

START_TEST(drift_ignores_one_outlier)
{
	double y[ROUNDS];
	struct interval interval;
	bool is_drift;

	for (size_t i = 0; i < ROUNDS; i++)
		y[i] = 100 + wobble(i);
	y[ROUNDS - 1] = 1e6;
	interval = statistics_median_interval(y, ROUNDS, ALPHA);
	ck_assert_int_eq(trend_judge_drift(y, ROUNDS, &interval, &is_drift), 0);
	ck_assert(!is_drift);
}
END_TEST

/* `high` of the 40 rounds, every third first, lie `apart` above 100 */
static const struct {
	size_t high;
	double apart, noise;
	bool is_bimodal;
} splits[] = {
	{ 12, 20, 2, true },	/* 70/30, +20 % */
	{ 28, 20, 2, true },
	{ 4, 20, 2, true },	/* 10 % is a mode */
	{ 3, 20, 2, false },	/* 7.5 % are spikes */
	{ 12, 4.9, .1, false },	/* clear, but less than 5 % apart */
	{ 12, 5.1, .1, true },
	{ 12, 6, 6, false },	/* lost in the noise */
	{ 0, 0, 20, false },	/* evenly spread: Otsu explains 75 % */
	{ 1, 1000, 2, false },
};

START_TEST(two_modes)
{
	struct trend_modes modes;
	double y[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++)
		y[i] = 100 + (i * 3 % ROUNDS < splits[_i].high ? splits[_i].apart : 0) +
		       splits[_i].noise * wobble(i);
	ck_assert_int_eq(trend_split_modes(y, ROUNDS, &modes), 0);
	ck_assert_int_eq(modes.is_bimodal, splits[_i].is_bimodal);
	ck_assert_double_eq_tol(modes.low_share + modes.high_share, 1, 1e-12);
	if (!modes.is_bimodal)
		return;
	ck_assert_double_eq(modes.high_share, (double)splits[_i].high / ROUNDS);
	ck_assert_double_eq_tol(modes.low, 100, splits[_i].noise);
	ck_assert_double_eq_tol(modes.high, 100 + splits[_i].apart, splits[_i].noise);
	ck_assert_double_gt(modes.explained, .8);
}
END_TEST

START_TEST(explained_share_is_exact)
{
	static const double y[] = { 1, 5, 2, 6 };
	struct trend_modes modes;

	/* total 17; between 4 * 2 * 2 = 16 */
	ck_assert_int_eq(trend_split_modes(y, 4, &modes), 0);
	ck_assert_double_eq_tol(modes.explained, 16. / 17, 1e-12);
	ck_assert_double_eq(modes.low, 1.5);
	ck_assert_double_eq(modes.high, 5.5);
	ck_assert(modes.is_bimodal);
}
END_TEST

START_TEST(few_or_equal_values_have_one_mode)
{
	/* ten times 3 / 10 is not 3 */
	static const double y[] = { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 }, two[] = { 1, 2 };
	struct trend_modes modes;

	for (size_t n = 1; n <= COUNT_OF(y); n++) {
		ck_assert_int_eq(trend_split_modes(y, n, &modes), 0);
		ck_assert(!modes.is_bimodal);
		ck_assert_double_eq(modes.low, 3);
		ck_assert_double_eq(modes.high, 3);
		ck_assert_double_eq(modes.low_share, 1);
		ck_assert_double_eq(modes.high_share, 0);
		ck_assert_double_eq(modes.explained, 0);
	}
	ck_assert_int_eq(trend_split_modes(two, 2, &modes), 0);
	ck_assert(!modes.is_bimodal);
}
END_TEST

static Suite *trend_suite(void)
{
	Suite *suite = suite_create("trend");
	TCase *tcase = tcase_create("trend");

	tcase_add_loop_test(tcase, mann_kendall_answers, 0, COUNT_OF(mann_kendall));
	tcase_add_loop_test(tcase, theil_sen, 0, COUNT_OF(slopes));
	tcase_add_test(tcase, refusals);
	tcase_add_loop_test(tcase, drift_and_step, 0, COUNT_OF(series));
	tcase_add_test(tcase, square_wave_is_serial_not_drift);
	tcase_add_test(tcase, drift_ignores_one_outlier);
	tcase_add_loop_test(tcase, two_modes, 0, COUNT_OF(splits));
	tcase_add_test(tcase, explained_share_is_exact);
	tcase_add_test(tcase, few_or_equal_values_have_one_mode);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(trend_suite());
}
