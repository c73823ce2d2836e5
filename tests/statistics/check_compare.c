/* SPDX-License-Identifier: MIT */
/* check_compare - lib/statistics/compare on known numbers */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "statistics/compare.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ALPHA 0.05

static const struct {
	double a[8], b[8];
	size_t n, m;
	double u, p, shift;
} rank_tests[] = {
	{ { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, 4, 4, 16, .02857, 4 },
	{ { 5, 6, 7, 8 }, { 1, 2, 3, 4 }, 4, 4, 0, .02857, -4 },
	{ { 10, 11, 12, 13, 14, 15 }, { 12.5, 13.5, 14.5, 15.5, 16.5, 17.5 },
	  6, 6, 30, .06494, 2.5 },
	/* an outlier and ties: the difference of the means is -47 */
	{ { 100, 101, 99, 100, 102, 98, 100, 500 },
	  { 103, 104, 102, 103, 105, 101, 103, 103 }, 8, 8, 54, .01818, 3 },
	{ { 1 }, { 2 }, 1, 1, 1, 1, 1 },
	{ { 1, 3 }, { 2 }, 2, 1, 1, 1, 0 },
	{ { 1, 2, 3 }, { 4 }, 3, 1, 3, .5, 2 },
	{ { 7, 7 }, { 7, 7 }, 2, 2, 2, 1, 0 },
};

START_TEST(mann_whitney_exact)
{
	struct compare_rank_test test;
	struct interval shift;

	ck_assert_int_eq(compare_mann_whitney(rank_tests[_i].a, rank_tests[_i].n,
					      rank_tests[_i].b, rank_tests[_i].m, &test), 0);
	ck_assert(test.is_exact);
	ck_assert_double_eq(test.u, rank_tests[_i].u);
	ck_assert_double_eq_tol(test.p, rank_tests[_i].p, 5e-6);
	ck_assert_int_eq(compare_shift(rank_tests[_i].a, rank_tests[_i].n, rank_tests[_i].b,
				       rank_tests[_i].m, ALPHA, 1, &shift), 0);
	ck_assert_double_eq(shift.mid, rank_tests[_i].shift);
}
END_TEST

/*
 * a = 1..15 and b = 1..15 + 4.5: U = sum of min(15, j + 4) = 170 by hand,
 * deviation 57.5, variance 225 * 31 / 12, no ties.
 */
START_TEST(mann_whitney_normal)
{
	struct compare_rank_test test;
	double a[15], b[15];

	for (size_t i = 0; i < 15; i++) {
		a[i] = (double)i + 1;
		b[i] = a[i] + 4.5;
	}
	ck_assert_int_eq(compare_mann_whitney(a, 15, b, 15, &test), 0);
	ck_assert(!test.is_exact);
	ck_assert_double_eq(test.u, 170);
	ck_assert_double_eq_tol(test.p, erfc(57 / sqrt(225. * 31 / 12) / M_SQRT2), 1e-12);
	ck_assert_double_eq_tol(test.p, .01807, 5e-5);
}
END_TEST

/* Half 1, half 2 against all 2: ties of 10 and 30 among 40. */
START_TEST(mann_whitney_normal_ties)
{
	struct compare_rank_test test;
	double a[20], b[20], variance;

	for (size_t i = 0; i < 20; i++) {
		a[i] = i % 2 ? 1 : 2;
		b[i] = 2;
	}
	variance = 400. / 12 * (41 - (990. + 26970.) / (40 * 39));
	ck_assert_int_eq(compare_mann_whitney(a, 20, b, 20, &test), 0);
	ck_assert(!test.is_exact);
	ck_assert_double_eq(test.u, 300);
	ck_assert_double_eq_tol(test.p, erfc(99.5 / sqrt(2 * variance)), 1e-12);
	ck_assert_int_eq(compare_mann_whitney(b, 20, b, 20, &test), 0);
	ck_assert_double_eq(test.p, 1);
}
END_TEST

START_TEST(mann_whitney_border_of_enumeration)
{
	struct compare_rank_test test;
	double a[1500], b[2] = { -1, -2 };

	for (size_t i = 0; i < 1500; i++)
		a[i] = (double)i;
	/* C(1002, 2) = 501501, C(1502, 2) = 1127251 */
	ck_assert_int_eq(compare_mann_whitney(a, 1000, b, 2, &test), 0);
	ck_assert(test.is_exact);
	ck_assert_double_eq_tol(test.p, 2. / 501501, 1e-12);
	ck_assert_int_eq(compare_mann_whitney(b, 2, a, 1500, &test), 0);
	ck_assert(!test.is_exact);
	ck_assert_double_eq(test.u, 3000);
	/* C(22, 11) = 705432 is the deepest */
	ck_assert_int_eq(compare_mann_whitney(a, 11, a + 11, 11, &test), 0);
	ck_assert(test.is_exact);
	ck_assert_double_eq_tol(test.p, 2. / 705432, 1e-12);
}
END_TEST

/*
 * K - 1 is the tabulated two-sided 5 % critical value of U (Mann and Whitney):
 * 4x4: 0, 5x5: 2, 6x6: 5, 8x8: 13, 9x9: 17, 5x8: 6, 3x5: 0, 3x4: none.
 */
static const struct { size_t n, m, rank; } moses[] = {
	{ 4, 4, 1 }, { 5, 5, 3 }, { 6, 6, 6 }, { 8, 8, 14 }, { 9, 9, 18 },
	{ 5, 8, 7 }, { 8, 5, 7 }, { 3, 5, 1 }, { 3, 4, 0 }, { 1, 1, 0 }, { 1, 39, 1 },
	{ 1, 38, 0 },
	/* round(nm/2 - z sqrt(nm (n+m+1) / 12)) */
	{ 10, 10, 24 }, { 30, 30, 317 },
};

START_TEST(moses_ranks)
{
	size_t n = moses[_i].n, m = moses[_i].m, rank = moses[_i].rank;
	double a[40], b[40];
	struct interval shift;

	/* all differences are distinct: d_(k) = k - 1 */
	for (size_t i = 0; i < n; i++)
		a[i] = -(double)(i * m);
	for (size_t j = 0; j < m; j++)
		b[j] = (double)j;
	ck_assert_int_eq(compare_shift(a, n, b, m, ALPHA, 1, &shift), 0);
	ck_assert_int_eq(shift.has_interval, rank > 0);
	ck_assert_double_eq(shift.mid, (double)(n * m - 1) / 2);
	ck_assert_double_eq(shift.rho, 0);
	if (rank == 0) {
		ck_assert_double_nan(shift.lo);
		ck_assert_double_nan(shift.hi);
		return;
	}
	ck_assert_double_eq(shift.lo, (double)(rank - 1));
	ck_assert_double_eq(shift.hi, (double)(n * m - rank));
}
END_TEST

START_TEST(tau_widens_the_shift)
{
	double a[30], b[30];
	struct interval shift;
	double plain_reach = 1.959964 * sqrt(900. * 61 / 12);

	for (size_t i = 0; i < 30; i++) {
		a[i] = -30 * (double)i;
		b[i] = (double)i;
	}
	ck_assert_int_eq(compare_shift(a, 30, b, 30, ALPHA, 3, &shift), 0);
	ck_assert_double_eq(shift.lo, round(450 - sqrt(3) * plain_reach) - 1);
	ck_assert_double_eq(shift.rho, .5);
	ck_assert_double_eq(shift.n_eff, 10);
	/* so much that nothing is left */
	ck_assert_int_eq(compare_shift(a, 30, b, 30, ALPHA, 19, &shift), 0);
	ck_assert(!shift.has_interval);
	ck_assert_double_nan(shift.lo);
	/* exact table: 9x9, 41 - (41 - 18) sqrt(1.5) = 12.8; d_(12) = 30 + 2 */
	ck_assert_int_eq(compare_shift(a, 9, b, 9, ALPHA, 1.5, &shift), 0);
	ck_assert_double_eq(shift.lo, 32);
	ck_assert_int_eq(compare_shift(a, 9, b, 9, ALPHA, 4, &shift), 0);
	ck_assert(!shift.has_interval);
}
END_TEST

START_TEST(refusals)
{
	static const double y[] = { 1, NAN }, zero[] = { 0, 1 };
	struct compare_rank_test test = { .u = -1 };
	struct interval interval = { .mid = -1 };

	ck_assert_int_eq(compare_mann_whitney(y, 0, y, 1, &test), -EINVAL);
	ck_assert_int_eq(compare_mann_whitney(y, 1, y, 0, &test), -EINVAL);
	ck_assert_int_eq(compare_mann_whitney(y, 1, y, 2, &test), -EDOM);
	ck_assert_int_eq(compare_mann_whitney(y, SIZE_MAX / 2, y, 1, &test), -E2BIG);
	ck_assert_int_eq(compare_shift(y, 0, y, 1, ALPHA, 1, &interval), -EINVAL);
	ck_assert_int_eq(compare_shift(y, 2, y, 1, ALPHA, 1, &interval), -EDOM);
	ck_assert_int_eq(compare_shift(y, 1, y, 1, 0, 1, &interval), -EINVAL);
	ck_assert_int_eq(compare_shift(y, 1, y, 1, ALPHA, .5, &interval), -EINVAL);
	ck_assert_int_eq(compare_shift(y, 1, y, 1, ALPHA, NAN, &interval), -EINVAL);
	ck_assert_int_eq(compare_ratio(zero, 2, zero + 1, 1, ALPHA, 1, &interval), -EDOM);
	ck_assert_double_eq(test.u, -1);
	ck_assert_double_eq(interval.mid, -1);
}
END_TEST

START_TEST(ratio_of_two_files)
{
	double a[12], b[12];
	struct interval ratio, reverse;

	for (size_t i = 0; i < 12; i++) {
		a[i] = 100 + (double)(i * 5 % 12);
		b[i] = 1.25 * a[i];
	}
	ck_assert_int_eq(compare_ratio(a, 12, b, 12, ALPHA, 1, &ratio), 0);
	ck_assert_int_eq(compare_ratio(b, 12, a, 12, ALPHA, 1, &reverse), 0);
	ck_assert_double_eq_tol(ratio.mid, 1.25, 1e-12);
	ck_assert(ratio.has_interval && ratio.lo < 1.25 && ratio.hi > 1.25);
	ck_assert_double_gt(ratio.lo, 1.15);
	/* swapping the files turns the answer around, nothing else */
	ck_assert_double_eq_tol(reverse.lo, 1 / ratio.hi, 1e-12);
	ck_assert_double_eq_tol(reverse.hi, 1 / ratio.lo, 1e-12);
}
END_TEST

START_TEST(paired_ratio_cancels_common_drift)
{
	double a[20], b[20];
	struct interval ratio;

	for (size_t i = 0; i < 20; i++) {
		b[i] = 100 * exp(.1 * (double)i);
		a[i] = b[i] * (1.1 + (i % 2 ? .001 : -.001));
	}
	ratio = compare_paired_ratio(a, b, 20, ALPHA);
	ck_assert(ratio.has_interval);
	ck_assert_double_eq_tol(ratio.lo, 1.099, 1e-9);
	ck_assert_double_eq_tol(ratio.mid, sqrt(1.099 * 1.101), 1e-9);
	ck_assert_double_eq_tol(ratio.hi, 1.101, 1e-9);
	ck_assert_double_eq(ratio.n_eff, 20);
}
END_TEST

START_TEST(paired_ratio_skips_invalid_rounds_only)
{
	double a[10], b[10];

	for (size_t i = 0; i < 10; i++) {
		a[i] = 2;
		b[i] = 1;
	}
	a[3] = NAN;
	b[7] = NAN;
	ck_assert_double_eq_tol(compare_paired_ratio(a, b, 10, ALPHA).mid, 2, 1e-12);
	ck_assert_double_eq(compare_paired_ratio(a, b, 10, ALPHA).n_eff, 8);
	/* no logarithm: no answer, rather than one without that round */
	for (int sign = -1; sign <= 0; sign++) {
		a[0] = sign;
		ck_assert_double_nan(compare_paired_ratio(a, b, 10, ALPHA).mid);
		ck_assert(!compare_paired_ratio(a, b, 10, ALPHA).has_interval);
	}
}
END_TEST

START_TEST(paired_ratio_of_few)
{
	static const double a[] = { 4, 4, NAN }, b[] = { 2, 1, 1 };

	ck_assert_double_nan(compare_paired_ratio(a, b, 0, ALPHA).mid);
	ck_assert_double_eq_tol(compare_paired_ratio(a, b, 1, ALPHA).mid, 2, 1e-12);
	ck_assert_double_eq_tol(compare_paired_ratio(a, b, 2, ALPHA).mid, sqrt(8), 1e-12);
	ck_assert(!compare_paired_ratio(a, b, 2, ALPHA).has_interval);
	ck_assert_double_nan(compare_paired_ratio(a + 2, b + 2, 1, ALPHA).mid);
}
END_TEST

#define LINE_ROUNDS 16

static int fit_line(const double *x, size_t k, const double *y_rounds, size_t rounds,
		    struct compare_line_fit *ret_fit)
{
	const struct compare_points points = { x, NULL, k, y_rounds, NULL, rounds };

	return compare_fit_line(&points, ALPHA, ret_fit);
}

START_TEST(line_fit)
{
	static const double x[] = { 1, 2, 4, 8 };
	double y[LINE_ROUNDS][4];
	struct compare_line_fit fit;

	for (size_t r = 0; r < LINE_ROUNDS; r++)
		for (size_t i = 0; i < 4; i++)
			y[r][i] = 50 + (double)(r * 7 % LINE_ROUNDS) + 3 * x[i];
	y[5][2] = NAN;
	ck_assert_int_eq(fit_line(x, 4, y[0], LINE_ROUNDS, &fit), 0);
	ck_assert(fit.slope.has_interval && fit.intercept.has_interval);
	ck_assert_double_eq_tol(fit.slope.lo, 3, 1e-12);
	ck_assert_double_eq_tol(fit.slope.hi, 3, 1e-12);
	/* 15 rounds left, offsets 0..15 without 3: median 8, ranks 4 and 12 */
	ck_assert_double_eq_tol(fit.intercept.mid, 58, 1e-9);
	ck_assert_double_eq_tol(fit.intercept.lo, 54, 1e-9);
	ck_assert_double_eq_tol(fit.intercept.hi, 62, 1e-9);
}
END_TEST

START_TEST(line_is_least_squares)
{
	static const double x[] = { 1, 2, 3, 4 }, y[] = { 6, 5, 7, 10 };
	struct compare_line_fit fit;

	ck_assert_int_eq(fit_line(x, 4, y, 1, &fit), 0);
	ck_assert_double_eq_tol(fit.slope.mid, 1.4, 1e-12);
	ck_assert_double_eq_tol(fit.intercept.mid, 3.5, 1e-12);
	ck_assert(!fit.slope.has_interval && !fit.intercept.has_interval);
}
END_TEST

START_TEST(line_refusals)
{
	static const double x[] = { 2, 2, 3 }, y[] = { NAN, 1, 2 };
	struct compare_line_fit fit;

	ck_assert_int_eq(fit_line(x, 0, y, 1, &fit), -EINVAL);
	ck_assert_int_eq(fit_line(x, 1, y, 1, &fit), -EINVAL);
	ck_assert_int_eq(fit_line(x, 2, y, 1, &fit), -EINVAL);
	ck_assert_int_eq(fit_line(x, 3, y, 0, &fit), -EINVAL);
	ck_assert_int_eq(fit_line(y, 3, x, 1, &fit), -EINVAL);
	/* every row skipped: an answer, but an empty one */
	ck_assert_int_eq(fit_line(x, 3, y, 1, &fit), 0);
	ck_assert_double_nan(fit.slope.mid);
	ck_assert(!fit.intercept.has_interval);
}
END_TEST

static const double claims[] = { .001, .008, .039, .041, .042, .06, .074, .205 };
static const double holm[] = { .008, .056, .234, .234, .234, .234, .234, .234 };
static const double bh[] = { .008, .032, .0672, .0672, .0672, .08, .0846, .205 };

START_TEST(adjusted_p_values)
{
	double shuffled[8], adjusted[8];

	ck_assert_int_eq(compare_holm(claims, 8, adjusted), 0);
	for (size_t i = 0; i < 8; i++)
		ck_assert_double_eq_tol(adjusted[i], holm[i], 1e-12);
	ck_assert_int_eq(compare_benjamini_hochberg(claims, 8, adjusted), 0);
	for (size_t i = 0; i < 8; i++)
		ck_assert_double_eq_tol(adjusted[i], bh[i], 5e-5);
	/* any order, and in place */
	for (size_t i = 0; i < 8; i++)
		shuffled[i] = claims[i * 3 % 8];
	ck_assert_int_eq(compare_holm(shuffled, 8, adjusted), 0);
	ck_assert_int_eq(compare_benjamini_hochberg(shuffled, 8, shuffled), 0);
	for (size_t i = 0; i < 8; i++) {
		ck_assert_double_eq_tol(adjusted[i], holm[i * 3 % 8], 1e-12);
		ck_assert_double_eq_tol(shuffled[i], bh[i * 3 % 8], 5e-5);
	}
}
END_TEST

START_TEST(adjusted_p_values_end_at_one)
{
	double p[] = { .9, .8 };

	ck_assert_int_eq(compare_holm(p, 0, NULL), 0);
	ck_assert_int_eq(compare_benjamini_hochberg(p, 0, NULL), 0);
	ck_assert_int_eq(compare_holm(p, 1, p), 0);
	ck_assert_double_eq(p[0], .9);
	ck_assert_int_eq(compare_holm(p, 2, p), 0);
	ck_assert_double_eq(p[0], 1);
	ck_assert_double_eq(p[1], 1);
}
END_TEST

static Suite *compare_suite(void)
{
	Suite *suite = suite_create("compare");
	TCase *tcase = tcase_create("unpaired");

	tcase_add_loop_test(tcase, mann_whitney_exact, 0, COUNT_OF(rank_tests));
	tcase_add_test(tcase, mann_whitney_normal);
	tcase_add_test(tcase, mann_whitney_normal_ties);
	tcase_add_test(tcase, mann_whitney_border_of_enumeration);
	tcase_add_loop_test(tcase, moses_ranks, 0, COUNT_OF(moses));
	tcase_add_test(tcase, tau_widens_the_shift);
	tcase_add_test(tcase, refusals);
	tcase_add_test(tcase, ratio_of_two_files);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("paired, lines, many claims");
	tcase_add_test(tcase, paired_ratio_cancels_common_drift);
	tcase_add_test(tcase, paired_ratio_skips_invalid_rounds_only);
	tcase_add_test(tcase, paired_ratio_of_few);
	tcase_add_test(tcase, line_fit);
	tcase_add_test(tcase, line_is_least_squares);
	tcase_add_test(tcase, line_refusals);
	tcase_add_test(tcase, adjusted_p_values);
	tcase_add_test(tcase, adjusted_p_values_end_at_one);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(compare_suite());
}
