/* SPDX-License-Identifier: MIT */
/* check_cluster - intervals of rounds that share a preparation: known answers, and coverage */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "statistics/cluster.h"
#include "statistics/statistics.h"
#include "../kit/suite.h"

#define ALPHA 0.05
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* As in every table of Student's t, two-sided 95 % and 99 %. */
static const struct { double p; int df; double t; } quantiles[] = {
	{ .975, 1, 12.7062 }, { .975, 2, 4.30265 }, { .975, 3, 3.18245 }, { .975, 4, 2.77645 },
	{ .995, 1, 63.6567 }, { .995, 2, 9.92484 }, { .995, 3, 5.84091 }, { .995, 4, 4.60409 },
	{ .975, 5, 2.57058 }, { .975, 8, 2.30600 }, { .975, 29, 2.04523 }, { .995, 30, 2.75000 },
};

START_TEST(student)
{
	ck_assert_double_eq_tol(statistics_student_quantile(quantiles[_i].p, quantiles[_i].df),
				quantiles[_i].t, 1e-4);
}
END_TEST

START_TEST(student_refusals)
{
	ck_assert_double_nan(statistics_student_quantile(.975, 0));
	ck_assert_double_nan(statistics_student_quantile(.5, 2));
	ck_assert_double_nan(statistics_student_quantile(1, 2));
}
END_TEST

START_TEST(counts)
{
	static const uint64_t shared[] = { 3, 3, 0, 5, 3, 0, 5 };

	ck_assert_uint_eq(statistics_count_clusters(shared, 7), 4);
	ck_assert_uint_eq(statistics_count_clusters(shared, 2), 1);
	ck_assert_uint_eq(statistics_count_clusters(NULL, 7), 7);
	ck_assert_uint_eq(statistics_count_clusters(NULL, 0), 0);
}
END_TEST

static void is_same(struct interval a, struct interval b)
{
	ck_assert(a.has_interval == b.has_interval);
	ck_assert_double_eq(a.mid, b.mid);
	if (a.has_interval) {
		ck_assert_double_eq(a.lo, b.lo);
		ck_assert_double_eq(a.hi, b.hi);
	}
}

static const double mixed[] = { 5, 1, 9, 4, 7, 2, 8, 3, 6, 5.5, 1.5, 8.5 };

/* No two of one cluster, or but one cluster: as if there were none. */
START_TEST(alone)
{
	static const uint64_t apart[] = { 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 8 };
	static const uint64_t none[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint64_t one[] = { 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 };
	struct interval plain = statistics_median_interval(mixed, 12, ALPHA);

	ck_assert(plain.has_interval);
	is_same(statistics_clustered_interval(mixed, apart, 12, ALPHA), plain);
	is_same(statistics_clustered_interval(mixed, none, 12, ALPHA), plain);
	is_same(statistics_clustered_interval(mixed, NULL, 12, ALPHA), plain);
	is_same(statistics_clustered_interval(mixed, one, 12, ALPHA), plain);
}
END_TEST

/* Two of each: the unit is the pair's median, wherever its values stand. */
START_TEST(enough_clusters)
{
	static const uint64_t pairs[] = { 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6 };
	static const double medians[] = { 6.5, 2, 7.5, 4.75, 4.25, 5.25 };

	is_same(statistics_clustered_interval(mixed, pairs, 12, ALPHA),
		statistics_median_interval(medians, 6, ALPHA));
}
END_TEST

/* Clusters that lie as the values within them do: the values count one by one. */
START_TEST(few_clusters_alike)
{
	static const uint64_t halves[] = { 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2 };
	static const double y[] = { 1, 1.1, 9, 9.1, 5, 5.1, 3, 3.1, 7, 7.1, 6, 6.1 };

	is_same(statistics_clustered_interval(y, halves, 12, ALPHA),
		statistics_median_interval(y, 12, ALPHA));
}
END_TEST

/* Three that lie apart: t with two degrees of freedom over their medians 1, 2 and 3. */
START_TEST(few_clusters_apart)
{
	static const uint64_t thirds[] = { 1, 2, 3, 1, 2, 3 };
	static const double y[] = { 0.9, 1.9, 2.9, 1.1, 2.1, 3.1 };
	struct interval interval = statistics_clustered_interval(y, thirds, 6, ALPHA);
	double half = 4.30265 / sqrt(3);

	ck_assert(interval.has_interval);
	ck_assert_double_eq_tol(interval.mid, 2, 1e-12);
	ck_assert_double_eq_tol(interval.lo, 2 - half, 1e-4);
	ck_assert_double_eq_tol(interval.hi, 2 + half, 1e-4);
	ck_assert_double_eq(interval.n_eff, 3);
}
END_TEST

/* Five rounds give no interval, however few or many they share. */
START_TEST(too_few)
{
	static const uint64_t shared[] = { 1, 1, 2, 2, 3 };

	ck_assert(!statistics_clustered_interval(mixed, shared, 5, ALPHA).has_interval);
	ck_assert(!statistics_clustered_interval(mixed, shared, 0, ALPHA).has_interval);
}
END_TEST

START_TEST(not_finite)
{
	static const double y[] = { 1, 2, NAN, 4, 5, 6 };
	static const uint64_t shared[] = { 1, 1, 1, 2, 2, 2 };

	ck_assert(!statistics_clustered_interval(y, shared, 6, ALPHA).has_interval);
}
END_TEST

/*
 * Coverage
 */

#define TRIALS 2000

static uint64_t state;

static double uniform(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
	return statistics_normal_quantile(uniform());
}

/*
 * between: the share of all variance that lies between preparations.  least: what the
 * interval of 95 % covers at least where it is given, as handoff-method(7) has it.
 */
static const struct { size_t clusters, each; double between, least; } designs[] = {
	{ 2, 3, 0, .93 }, { 2, 3, .1, .91 }, { 2, 3, .3, .88 }, { 2, 3, .8, .90 },
	{ 3, 2, 0, .93 }, { 3, 2, .3, .90 }, { 3, 2, .8, .90 },
	{ 3, 5, .1, .90 }, { 3, 5, .5, .90 }, { 5, 3, .3, .90 }, { 5, 3, .8, .92 },
	{ 6, 1, 0, .94 }, { 6, 2, .3, .94 }, { 6, 2, .9, .94 }, { 15, 1, 0, .94 }, { 8, 2, .5, .94 },
};

static void fill(size_t design, double *y, uint64_t *cluster)
{
	double between = sqrt(designs[design].between), within = sqrt(1 - designs[design].between);

	for (size_t i = 0; i < designs[design].clusters; i++) {
		double shift = between * normal();

		for (size_t j = 0; j < designs[design].each; j++) {
			*y++ = shift + within * normal();
			*cluster++ = i + 1;
		}
	}
}

START_TEST(coverage)
{
	size_t n = designs[_i].clusters * designs[_i].each, covered = 0, given = 0;
	double y[32];
	uint64_t cluster[32];

	state = 4711;
	for (int trial = 0; trial < TRIALS; trial++) {
		struct interval interval;

		fill((size_t)_i, y, cluster);
		interval = statistics_clustered_interval(y, cluster, n, ALPHA);
		given += interval.has_interval;
		covered += interval.has_interval && interval.lo <= 0 && interval.hi >= 0;
	}
	if (getenv("HANDOFF_TEST_TELL"))
		printf("%zu x %zu, %.1f between: %.3f of %.2f\n", designs[_i].clusters, designs[_i].each,
		       designs[_i].between, (double)covered / (double)given, (double)given / TRIALS);
	ck_assert_double_ge((double)covered / (double)given, designs[_i].least);
	ck_assert_double_ge((double)given / TRIALS, .99);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cluster");
	TCase *known = tcase_create("known"), *simulated = tcase_create("simulated");

	tcase_add_loop_test(known, student, 0, (int)COUNT_OF(quantiles));
	tcase_add_test(known, student_refusals);
	tcase_add_test(known, counts);
	tcase_add_test(known, alone);
	tcase_add_test(known, enough_clusters);
	tcase_add_test(known, few_clusters_alike);
	tcase_add_test(known, few_clusters_apart);
	tcase_add_test(known, too_few);
	tcase_add_test(known, not_finite);
	tcase_add_loop_test(simulated, coverage, 0, (int)COUNT_OF(designs));
	tcase_set_timeout(simulated, 60);
	suite_add_tcase(suite, known);
	suite_add_tcase(suite, simulated);
	return suite_run(suite);
}
