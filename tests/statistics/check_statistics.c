/* SPDX-License-Identifier: MIT */
/* check_statistics - lib/statistics/statistics and lib/statistics/stopping on known numbers */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "statistics/statistics.h"
#include "statistics/stopping.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ALPHA 0.05

static void fill_ramp(double *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = (double)(i + 1);
}

static const struct { size_t n; double alpha; size_t rank; } ranks[] = {
	{ 0, .05, 0 }, { 1, .05, 0 }, { 2, .05, 0 },
	{ 5, .05, 0 }, { 6, .05, 1 }, { 9, .05, 2 }, { 12, .05, 3 },
	{ 15, .05, 4 }, { 20, .05, 6 }, { 30, .05, 10 }, { 40, .05, 14 },
	{ 50, .05, 18 }, { 60, .05, 22 }, { 100, .05, 40 }, { 200, .05, 86 },
	{ 1000, .05, 469 },
	{ 7, .01, 0 }, { 8, .01, 1 }, { 15, .01, 3 }, { 30, .01, 8 },
	{ 100, .01, 37 }, { 1000, .01, 459 },
	/* floor((10000 - z 100) / 2): z follows alpha above 1000, too */
	{ 10000, .05, 4902 }, { 10000, .01, 4871 }, { 1001, .05, 469 },
	/* exactly alpha / 2 in one tail is still within alpha */
	{ 6, .03125, 1 }, { 6, .0312, 0 },
	{ 6, 0, 0 }, { 6, 1, 0 }, { 6, -1, 0 },
};

START_TEST(median_rank)
{
	ck_assert_uint_eq(statistics_median_rank(ranks[_i].n, ranks[_i].alpha),
			  ranks[_i].rank);
}
END_TEST

static const struct { size_t n, rank; double coverage; } coverages[] = {
	{ 6, 1, .9688 }, { 9, 2, .9609 }, { 15, 4, .9648 }, { 30, 10, .9572 },
	{ 100, 40, .9648 }, { 1000, 469, .9537 }, { 10000, 4902, .9512 },
	{ 6, 0, 0 }, { 6, 4, 0 }, { 0, 0, 0 }, { 0, 1, 0 }, { 1, 1, 0 },
	{ 2, 1, .5 }, { 3, 2, 0 },
};

START_TEST(rank_coverage)
{
	ck_assert_double_eq_tol(statistics_rank_coverage(coverages[_i].n, coverages[_i].rank),
				coverages[_i].coverage, 5e-5);
}
END_TEST

/* Exact value by rational arithmetic; n = 1001 is the first that is not. */
START_TEST(rank_coverage_beyond_the_exact_range)
{
	ck_assert_double_eq_tol(statistics_rank_coverage(1001, 469), .9569648, 1e-4);
	ck_assert_double_eq_tol(statistics_rank_coverage(1001, 470), .9500155, 1e-4);
}
END_TEST

static const struct { double p, z; } quantiles[] = {
	{ .975, 1.959963984540054 }, { .995, 2.575829303548901 },
	{ .025, -1.959963984540054 }, { .005, -2.575829303548901 },
	{ .5, 0 }, { .84134474606854293, 1 }, { .02275013194817921, -2 },
	{ 9.865876450376946e-10, -6 }, { 1e-300, -37.0471 },
};

START_TEST(normal_quantile)
{
	ck_assert_double_eq_tol(statistics_normal_quantile(quantiles[_i].p),
				quantiles[_i].z, quantiles[_i].p < 1e-200 ? 1e-4 : 1e-13);
}
END_TEST

START_TEST(normal_quantile_ends)
{
	ck_assert(statistics_normal_quantile(0) == -INFINITY);
	ck_assert(statistics_normal_quantile(1) == INFINITY);
	ck_assert_double_nan(statistics_normal_quantile(-.1));
	ck_assert_double_nan(statistics_normal_quantile(1.1));
	ck_assert_double_nan(statistics_normal_quantile(NAN));
}
END_TEST

static const struct { double y[6]; size_t n; double median, mad; } middles[] = {
	{ { 7 }, 1, 7, 0 },
	{ { 4, 1 }, 2, 2.5, 1.5 },
	{ { 3, 1, 2 }, 3, 2, 1 },
	{ { 4, 1, 3, 2 }, 4, 2.5, 1 },
	{ { 100, 1, 2, 3, 5 }, 5, 3, 2 },
	{ { 1, 1, 1, 1, 9, 9 }, 6, 1, 0 },
	{ { 0, 10, 10, 10, 10, 11 }, 6, 10, 0 },
	{ { -1, -2, -4, -8, -16, -32 }, 6, -6, 4.5 },
	{ { 1e308, 1e308 }, 2, 1e308, 0 },
};

START_TEST(median_and_mad)
{
	double y[6];

	for (size_t i = 0; i < middles[_i].n; i++)
		y[i] = middles[_i].y[i];
	statistics_sort(y, middles[_i].n);
	for (size_t i = 1; i < middles[_i].n; i++)
		ck_assert(y[i - 1] <= y[i]);
	ck_assert_double_eq(statistics_median(y, middles[_i].n), middles[_i].median);
	ck_assert_double_eq(statistics_quantile(y, middles[_i].n, .5), middles[_i].median);
	ck_assert_double_eq(statistics_mad(y, middles[_i].n), middles[_i].mad);
}
END_TEST

/* Against qsort(3), over all lengths up to some hundreds, with ties. */
START_TEST(lean_sort)
{
	double y[300], sorted[300];
	unsigned int random = 1;

	for (size_t n = 0; n <= 300; n++) {
		for (size_t i = 0; i < n; i++) {
			random = random * 1103515245 + 12345;
			sorted[i] = y[i] = (double)(random >> 16) / (i % 2 ? 1 : 4096) - 7;
		}
		statistics_sort(sorted, n);
		statistics_sort_lean(y, n);
		for (size_t i = 0; i < n; i++)
			ck_assert_double_eq(y[i], sorted[i]);
	}
}
END_TEST

static const struct { double p, value; } ramp_quantiles[] = {
	{ 0, 1 }, { .25, 3.25 }, { .5, 5.5 }, { .9, 9.1 }, { 1, 10 },
};

START_TEST(quantile)
{
	double y[10];

	fill_ramp(y, 10);
	ck_assert_double_eq_tol(statistics_quantile(y, 10, ramp_quantiles[_i].p),
				ramp_quantiles[_i].value, 1e-12);
}
END_TEST

START_TEST(empty_sample_has_no_numbers)
{
	statistics_sort(NULL, 0);
	ck_assert_double_nan(statistics_median(NULL, 0));
	ck_assert_double_nan(statistics_mad(NULL, 0));
	ck_assert_double_nan(statistics_quantile(NULL, 0, .5));
	ck_assert_double_nan(statistics_quantile(&(double){ 1 }, 1, 1.5));
	ck_assert_double_nan(statistics_quantile(&(double){ 1 }, 1, NAN));
	ck_assert_double_eq(statistics_autocorrelation(NULL, 0), 0);
}
END_TEST

START_TEST(autocorrelation)
{
	double y[10];

	fill_ramp(y, 10);
	ck_assert_double_eq_tol(statistics_autocorrelation(y, 10), 0.7, 1e-12);
	for (size_t i = 0; i < 10; i++)
		y[i] = i % 2 ? -1 : 1;
	ck_assert_double_eq_tol(statistics_autocorrelation(y, 10), -0.9, 1e-12);
	for (size_t i = 0; i < 10; i++)
		y[i] = 3;
	ck_assert_double_eq(statistics_autocorrelation(y, 10), 0);
	ck_assert_double_eq(statistics_autocorrelation(y, 1), 0);
}
END_TEST

static const struct { double rho, tau, share; } taus[] = {
	{ 0, 1, 1 }, { .2, 1.5, .667 }, { .5, 3, .333 }, { .8, 9, .111 },
};

START_TEST(variance_inflation)
{
	double value = statistics_tau(taus[_i].rho);

	ck_assert_double_eq_tol(value, taus[_i].tau, 1e-12);
	ck_assert_double_eq_tol(1 / value, taus[_i].share, 5e-4);
}
END_TEST

START_TEST(interval_of_independent_values)
{
	/* 1..15 shuffled so that the lag-1 correlation is negative */
	static const double y[] = { 8, 15, 1, 14, 2, 13, 3, 12, 4, 11, 5, 10, 6, 9, 7 };
	struct interval interval = statistics_median_interval(y, 15, ALPHA);

	ck_assert(interval.has_interval);
	ck_assert_double_eq(interval.lo, 4);
	ck_assert_double_eq(interval.mid, 8);
	ck_assert_double_eq(interval.hi, 12);
	ck_assert_double_eq(interval.rho, 0);
	ck_assert_double_eq(interval.n_eff, 15);
}
END_TEST

START_TEST(interval_is_never_faked)
{
	double y[10];

	fill_ramp(y, 10);
	for (size_t n = 0; n < 6; n++) {
		struct interval interval = statistics_median_interval(y, n, ALPHA);

		ck_assert(!interval.has_interval);
		ck_assert_double_nan(interval.lo);
		ck_assert_double_nan(interval.hi);
		if (n == 0)
			ck_assert_double_nan(interval.mid);
		else
			ck_assert_double_eq(interval.mid, ((double)n + 1) / 2);
	}
}
END_TEST

START_TEST(interval_of_values_that_are_not_finite)
{
	double y[] = { 1, 8, 2, NAN, 3, 6, 4, 5 };

	ck_assert(!statistics_are_finite(y, 8));
	ck_assert(!statistics_median_interval(y, 8, ALPHA).has_interval);
	ck_assert_double_nan(statistics_median_interval(y, 8, ALPHA).mid);
	y[3] = INFINITY;
	ck_assert_double_nan(statistics_median_interval(y, 8, ALPHA).mid);
	y[3] = 7;
	ck_assert(statistics_are_finite(y, 8));
	ck_assert(statistics_median_interval(y, 8, ALPHA).has_interval);
}
END_TEST

START_TEST(interval_of_a_ramp_is_none)
{
	double y[30];
	struct interval interval;

	/* plain lag-1 of 1..30 is .9; +1/30 = .933; tau 29: 15.5 - 5.5*5.4 < 1 */
	fill_ramp(y, 30);
	interval = statistics_median_interval(y, 30, ALPHA);
	ck_assert_double_eq_tol(interval.rho, .9 + 1. / 30, 1e-9);
	ck_assert_double_eq_tol(interval.n_eff, 30 / (1.933333 / .066667), 1e-3);
	ck_assert(!interval.has_interval);
	ck_assert_double_eq(interval.mid, 15.5);
}
END_TEST

/* The rule of handoff-method(7) INTERVAL spelled out beside the shipped one. */
START_TEST(interval_is_widened_by_tau)
{
	double y[100], sorted[100], rho, tau, rank;
	struct interval interval;

	/* square wave of period 8 on a ramp of ten values: rho about .5 */
	for (size_t i = 0; i < 100; i++)
		sorted[i] = y[i] = 100 + (i % 8 < 4 ? 4 : -4) + (double)(i * 37 % 10) / 2;
	statistics_sort(sorted, 100);
	rho = statistics_autocorrelation(y, 100) + .01;
	tau = (1 + rho) / (1 - rho);
	rank = floor(50.5 - 10.5 * sqrt(tau));
	interval = statistics_median_interval(y, 100, ALPHA);
	ck_assert_double_gt(interval.rho, .3);
	ck_assert_double_eq_tol(interval.rho, rho, 1e-12);
	ck_assert_double_eq_tol(interval.n_eff, 100 / tau, 1e-9);
	ck_assert_double_lt(rank, 36);
	ck_assert_double_ge(rank, 1);
	ck_assert_double_eq(interval.lo, sorted[(size_t)rank - 1]);
	ck_assert_double_eq(interval.hi, sorted[100 - (size_t)rank]);
}
END_TEST

START_TEST(rho_survives_a_spike)
{
	double y[60];
	double plain;

	for (size_t i = 0; i < 60; i++)
		y[i] = 100 + (i % 12 < 6 ? 1 : -1) + (double)(i * 7 % 5) / 10;
	y[30] = 1e6;
	plain = statistics_autocorrelation(y, 60);
	ck_assert_double_lt(fabs(plain), .05);
	ck_assert_double_gt(statistics_median_interval(y, 60, ALPHA).rho, .3);
}
END_TEST

START_TEST(rho_without_scale_still_sees_runs)
{
	double y[40];

	/* MAD is 0: most rounds gave the very same number, then a long run */
	for (size_t i = 0; i < 40; i++)
		y[i] = i < 26 ? 5 : 6;
	ck_assert_double_gt(statistics_median_interval(y, 40, ALPHA).rho, .8);
}
END_TEST

START_TEST(rho_is_capped)
{
	double y[200];
	struct interval interval;

	fill_ramp(y, 200);
	interval = statistics_median_interval(y, 200, ALPHA);
	ck_assert_double_eq(interval.rho, .95);
	ck_assert_double_eq_tol(interval.n_eff, 200 / 39., 1e-9);
}
END_TEST

START_TEST(constant_values_have_an_exact_interval)
{
	double y[20];
	struct interval interval;

	for (size_t i = 0; i < 20; i++)
		y[i] = 42;
	interval = statistics_median_interval(y, 20, ALPHA);
	ck_assert(interval.has_interval);
	ck_assert_double_eq(interval.lo, 42);
	ck_assert_double_eq(interval.hi, 42);
	ck_assert_double_eq(interval.n_eff, 20);
}
END_TEST

START_TEST(interval_scales_with_the_unit)
{
	double y[30], scaled[30];
	struct interval one, thousand;

	for (size_t i = 0; i < 30; i++) {
		y[i] = 100 + (double)(i * 11 % 30);
		scaled[i] = 1024 * y[i];
	}
	one = statistics_median_interval(y, 30, ALPHA);
	thousand = statistics_median_interval(scaled, 30, ALPHA);
	ck_assert(one.has_interval && thousand.has_interval);
	ck_assert_double_eq(thousand.lo, 1024 * one.lo);
	ck_assert_double_eq(thousand.mid, 1024 * one.mid);
	ck_assert_double_eq(thousand.hi, 1024 * one.hi);
	ck_assert_double_eq(thousand.rho, one.rho);
}
END_TEST

START_TEST(hettmansperger_sheather)
{
	double y[10], lo = -1, hi = -1;

	fill_ramp(y, 10);
	ck_assert(statistics_interpolated_interval(y, 10, ALPHA, &lo, &hi));
	ck_assert_double_eq_tol(lo, 2.658, 5e-4);
	ck_assert_double_eq_tol(hi, 8.342, 5e-4);
	lo = -1;
	for (size_t n = 0; n < 6; n++)
		ck_assert(!statistics_interpolated_interval(y, n, ALPHA, &lo, &hi));
	ck_assert_double_eq(lo, -1);
	/* from the first n that has a rank on, within the plain interval */
	ck_assert(statistics_interpolated_interval(y, 6, ALPHA, &lo, &hi));
	ck_assert(lo >= 1 && lo < 2 && hi > 5 && hi <= 6);
}
END_TEST

START_TEST(quantile_ranks)
{
	size_t low = 0, high = 0;

	ck_assert(statistics_quantile_ranks(10000, .99, ALPHA, &low, &high));
	ck_assert_uint_eq(low, 9880);
	ck_assert_uint_eq(high, 9921);
	ck_assert(statistics_quantile_ranks(100000, .999, ALPHA, &low, &high));
	ck_assert_uint_eq(low, 99880);
	ck_assert_uint_eq(high, 99921);
	ck_assert(!statistics_quantile_ranks(100, .99, ALPHA, &low, &high));
	ck_assert(!statistics_quantile_ranks(100, .01, ALPHA, &low, &high));
	ck_assert(!statistics_quantile_ranks(0, .5, ALPHA, &low, &high));
	ck_assert(!statistics_quantile_ranks(1000, 1, ALPHA, &low, &high));
	ck_assert(!statistics_quantile_ranks(1000, .5, 0, &low, &high));
	ck_assert_uint_eq(low, 99880);
}
END_TEST

static const struct { double p; uint64_t least_n, report_n; } tails[] = {
	{ .5, 6, 6 }, { .9, 36, 100 }, { .99, 368, 1000 },
	{ .999, 3688, 10000 }, { .9999, 36887, 100000 },
	{ .1, 36, 100 }, { .01, 368, 1000 }, { .75, 13, 40 },
};

START_TEST(tail_rule)
{
	double p = tails[_i].p;

	ck_assert_uint_eq(statistics_quantile_least_n(p, ALPHA), tails[_i].least_n);
	ck_assert(statistics_can_report(p, tails[_i].report_n));
	ck_assert(!statistics_can_report(p, tails[_i].report_n - 1));
	ck_assert(!statistics_can_report(p, 0));
}
END_TEST

START_TEST(tail_rule_has_no_ends)
{
	ck_assert(!statistics_can_report(0, 1000000));
	ck_assert(!statistics_can_report(1, 1000000));
	ck_assert(!statistics_can_report(NAN, 1000000));
	ck_assert_uint_eq(statistics_quantile_least_n(1, ALPHA), UINT64_MAX);
}
END_TEST

static const size_t looks[] = {
	15, 20, 27, 36, 47, 62, 81, 106, 138, 180, 235, 306, 398,
};

START_TEST(look_sequence)
{
	for (size_t i = 1; i < COUNT_OF(looks); i++)
		ck_assert_uint_eq(statistics_next_look(looks[i - 1]), looks[i]);
	ck_assert_uint_eq(statistics_next_look(0), 1);
	ck_assert_uint_gt(statistics_next_look(SIZE_MAX / 2), SIZE_MAX / 2);
}
END_TEST

START_TEST(stops_after_two_looks_in_a_row)
{
	static const bool verdicts[] = { true, false, true, true };
	struct stopping stopping;

	stopping_init(&stopping, .01, STOPPING_LOOKS_NEEDED, STOPPING_FIRST_LOOK);
	ck_assert_double_eq(stopping.target, .01);
	for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
		ck_assert(!stopping_is_done(&stopping));
		ck_assert(!stopping_is_look(&stopping, looks[i] - 1));
		ck_assert(stopping_is_look(&stopping, looks[i]));
		ck_assert(stopping_is_look(&stopping, looks[i] + 1));
		stopping_judge(&stopping, verdicts[i]);
		ck_assert(!stopping_is_look(&stopping, looks[i]));
	}
	ck_assert(stopping_is_done(&stopping));
}
END_TEST

START_TEST(stopping_needs_a_judgement)
{
	struct stopping stopping;

	stopping_init(&stopping, .03, 0, 6);
	ck_assert(!stopping_is_done(&stopping));
	ck_assert(stopping_is_look(&stopping, 6));
	stopping_judge(&stopping, true);
	ck_assert(stopping_is_done(&stopping));
}
END_TEST

static const struct {
	struct interval interval;
	bool is_met;
	size_t forecast;	/* from 100 rounds */
} targets[] = {
	{ { .lo = 99, .mid = 100, .hi = 101, .has_interval = true }, true, 100 },
	{ { .lo = 98, .mid = 100, .hi = 102, .has_interval = true }, false, 400 },
	{ { .lo = 100, .mid = 100, .hi = 101, .has_interval = true }, true, 25 },
	{ { .lo = 99, .mid = 100, .hi = 101.5, .has_interval = true }, false, 157 },
	{ { .lo = -102, .mid = -100, .hi = -98, .has_interval = true }, false, 400 },
	{ { .lo = -100.5, .mid = -100, .hi = -99.5, .has_interval = true }, true, 25 },
	{ { .lo = 5, .mid = 5, .hi = 5, .has_interval = true }, true, 1 },
	{ { .lo = 0, .mid = 0, .hi = 0, .has_interval = true }, true, 1 },
	{ { .lo = -1, .mid = 0, .hi = 1, .has_interval = true }, false, SIZE_MAX },
	{ { .lo = 99, .mid = 100, .hi = 101, .has_interval = false }, false, 0 },
	{ { .lo = NAN, .mid = NAN, .hi = NAN, .has_interval = false }, false, 0 },
};

START_TEST(stopping_target)
{
	const struct interval *interval = &targets[_i].interval;

	ck_assert(stopping_is_met(interval, .01) == targets[_i].is_met);
	ck_assert_uint_eq(stopping_forecast_rounds(interval, 100, .01),
			  targets[_i].forecast);
}
END_TEST

static Suite *statistics_suite(void)
{
	Suite *suite = suite_create("statistics");
	TCase *tcase = tcase_create("known answers");

	tcase_add_loop_test(tcase, median_rank, 0, COUNT_OF(ranks));
	tcase_add_loop_test(tcase, rank_coverage, 0, COUNT_OF(coverages));
	tcase_add_test(tcase, rank_coverage_beyond_the_exact_range);
	tcase_add_loop_test(tcase, normal_quantile, 0, COUNT_OF(quantiles));
	tcase_add_test(tcase, normal_quantile_ends);
	tcase_add_test(tcase, lean_sort);
	tcase_add_loop_test(tcase, median_and_mad, 0, COUNT_OF(middles));
	tcase_add_loop_test(tcase, quantile, 0, COUNT_OF(ramp_quantiles));
	tcase_add_test(tcase, empty_sample_has_no_numbers);
	tcase_add_test(tcase, autocorrelation);
	tcase_add_loop_test(tcase, variance_inflation, 0, COUNT_OF(taus));
	tcase_add_test(tcase, hettmansperger_sheather);
	tcase_add_test(tcase, quantile_ranks);
	tcase_add_loop_test(tcase, tail_rule, 0, COUNT_OF(tails));
	tcase_add_test(tcase, tail_rule_has_no_ends);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("interval");
	tcase_add_test(tcase, interval_of_independent_values);
	tcase_add_test(tcase, interval_is_never_faked);
	tcase_add_test(tcase, interval_of_values_that_are_not_finite);
	tcase_add_test(tcase, interval_of_a_ramp_is_none);
	tcase_add_test(tcase, interval_is_widened_by_tau);
	tcase_add_test(tcase, rho_survives_a_spike);
	tcase_add_test(tcase, rho_without_scale_still_sees_runs);
	tcase_add_test(tcase, rho_is_capped);
	tcase_add_test(tcase, constant_values_have_an_exact_interval);
	tcase_add_test(tcase, interval_scales_with_the_unit);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("stopping");
	tcase_add_test(tcase, look_sequence);
	tcase_add_test(tcase, stops_after_two_looks_in_a_row);
	tcase_add_test(tcase, stopping_needs_a_judgement);
	tcase_add_loop_test(tcase, stopping_target, 0, COUNT_OF(targets));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(statistics_suite());
}
