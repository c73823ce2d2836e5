/* SPDX-License-Identifier: MIT */
/* check_speeds - lib/statistics/speeds on synthetic rounds */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "statistics/shuffle.h"
#include "statistics/speeds.h"
#include "../kit/suite.h"

#define ROUNDS_MOST 200
#define FAST_NS 200.0
#define RATIO 1.25
#define TRIALS 1000

/* Spread evenly over [-1, 1], in an order without trend. */
static double wobble(size_t i)
{
	return (double)(i * 17 % 41) / 20 - 1;
}

/* Which rounds are slow, and by how much the rounds of a speed differ. */
enum pattern { NEVER, EVERY_OTHER, IN_BLOCKS, ONE_IN_FIVE, THREE, ALWAYS };

static double slowness(enum pattern pattern, size_t i, size_t n)
{
	switch (pattern) {
	case EVERY_OTHER:
		return i % 2 ? RATIO : 1;
	case IN_BLOCKS:
		return i / 7 % 2 ? RATIO : 1;
	case ONE_IN_FIVE:
		return i % 5 ? 1 : RATIO;
	case THREE:
		return i == 1 || i == n / 2 || i == n - 1 ? 3 + (double)i : 1;
	case ALWAYS:
		return RATIO;
	default:
		return 1;
	}
}

static void make(enum pattern pattern, size_t n, double noise, double *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = FAST_NS * slowness(pattern, i, n) * (1 + noise * wobble(i));
}

static const struct {
	enum pattern pattern;
	size_t n;
	double noise;
	size_t count;
} cases[] = {
	{ NEVER, 40, 0.02, 1 },
	{ NEVER, 40, 0, 1 },
	{ NEVER, 40, 0.2, 1 },        /* uniform, and wider than the two speeds are apart */
	{ NEVER, 1, 0, 1 },
	{ ALWAYS, 40, 0.02, 1 },
	{ THREE, 40, 0.02, 1 },
	{ THREE, 12, 0.02, 1 },
	{ THREE, 7, 0.02, 1 },
	{ EVERY_OTHER, 40, 0.02, 2 },
	{ EVERY_OTHER, 40, 0, 2 },
	{ EVERY_OTHER, 12, 0.02, 2 },
	{ EVERY_OTHER, 11, 0.02, 1 }, /* too few for two intervals */
	{ EVERY_OTHER, 40, 0.12, 1 }, /* no gap between them */
	{ IN_BLOCKS, 42, 0.02, 2 },
	{ ONE_IN_FIVE, 40, 0.02, 2 },
	{ ONE_IN_FIVE, 25, 0.02, 1 }, /* five of them */
};

START_TEST(counts_and_labels)
{
	double y[ROUNDS_MOST];
	int labels[ROUNDS_MOST];
	struct speeds speeds;
	size_t n = cases[_i].n;

	make(cases[_i].pattern, n, cases[_i].noise, y);
	ck_assert_int_eq(speeds_recognise(y, n, &speeds, labels), 0);
	ck_assert_uint_eq(speeds.count, cases[_i].count);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(labels[i], cases[_i].count == 2 &&
					    slowness(cases[_i].pattern, i, n) > 1);
	if (speeds.count == 1)
		ck_assert_uint_eq(speeds.rounds[0], n);
	else
		ck_assert_uint_eq(speeds.rounds[0] + speeds.rounds[1], n);
}
END_TEST

/* Medians and numbers are those of their own rounds. */
START_TEST(each_has_its_median)
{
	double y[40];
	int labels[40];
	struct speeds speeds;

	make(ONE_IN_FIVE, 40, 0.01, y);
	ck_assert_int_eq(speeds_recognise(y, 40, &speeds, labels), 0);
	ck_assert_uint_eq(speeds.rounds[0], 32);
	ck_assert_uint_eq(speeds.rounds[1], 8);
	ck_assert_double_eq_tol(speeds.reference[0], FAST_NS, 0.01 * FAST_NS);
	ck_assert_double_eq_tol(speeds.reference[1], RATIO * FAST_NS, 0.01 * RATIO * FAST_NS);
}
END_TEST

/* The unit is the caller's: labels stay, references scale. */
START_TEST(unit_does_not_matter)
{
	double y[40];
	int labels[40], scaled_labels[40];
	struct speeds speeds, scaled;

	make(EVERY_OTHER, 40, 0.02, y);
	ck_assert_int_eq(speeds_recognise(y, 40, &speeds, labels), 0);
	for (size_t i = 0; i < 40; i++)
		y[i] *= 1e-6;
	ck_assert_int_eq(speeds_recognise(y, 40, &scaled, scaled_labels), 0);
	ck_assert_uint_eq(scaled.count, 2);
	ck_assert_double_eq_tol(scaled.reference[1] / speeds.reference[1], 1e-6, 1e-15);
	for (size_t i = 0; i < 40; i++)
		ck_assert_int_eq(labels[i], scaled_labels[i]);
}
END_TEST

/* A round without a reference has no speed, and does not count. */
START_TEST(missing_references)
{
	static const double nothing[] = { NAN, INFINITY, -1, 0 };
	double y[40];
	int labels[40];
	struct speeds speeds;

	make(EVERY_OTHER, 40, 0.02, y);
	for (size_t i = 0; i < 40; i += 4)
		y[i] = nothing[i / 4 % 4];
	ck_assert_int_eq(speeds_recognise(y, 40, &speeds, labels), 0);
	ck_assert_uint_eq(speeds.count, 2);
	ck_assert_uint_eq(speeds.rounds[0], 10);
	ck_assert_uint_eq(speeds.rounds[1], 20);
	for (size_t i = 0; i < 40; i++)
		ck_assert_int_eq(labels[i], i % 4 ? (int)(i % 2) : SPEED_UNKNOWN);
}
END_TEST

START_TEST(no_reference_at_all)
{
	double y[3] = { NAN, NAN, NAN };
	int labels[3];
	struct speeds speeds;

	ck_assert_int_eq(speeds_recognise(y, 3, &speeds, labels), 0);
	ck_assert_uint_eq(speeds.count, 0);
	ck_assert_uint_eq(speeds.rounds[0], 0);
	ck_assert_int_eq(labels[2], SPEED_UNKNOWN);
	ck_assert_int_eq(speeds_recognise(NULL, 0, &speeds, NULL), 0);
	ck_assert_uint_eq(speeds.count, 0);
}
END_TEST

static double uniform(uint64_t *state)
{
	return ((double)(shuffle_next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(uniform(state)));

	return radius * cos(6.283185307179586 * uniform(state));
}

/* The share of runs of so many rounds, slow_share of them slow, in which two speeds are seen. */
static double share_of_two(size_t n, double noise, double slow_share)
{
	uint64_t state = 17;
	size_t two = 0;

	for (int trial = 0; trial < TRIALS; trial++) {
		double y[ROUNDS_MOST];
		int labels[ROUNDS_MOST];
		struct speeds speeds;

		for (size_t i = 0; i < n; i++)
			y[i] = FAST_NS * exp(noise * normal(&state)) *
			       (uniform(&state) < slow_share ? RATIO : 1);
		ck_assert_int_eq(speeds_recognise(y, n, &speeds, labels), 0);
		two += speeds.count == 2;
	}
	return (double)two / TRIALS;
}

static const struct {
	size_t n;
	double noise, slow_share, least, most;
} simulations[] = {
	{ 12, 0.05, 0, 0, 0.02 },
	{ 20, 0.05, 0, 0, 0.02 },
	{ 40, 0.05, 0, 0, 0.01 },
	{ 150, 0.15, 0, 0, 0.01 },
	{ 20, 0.02, 0.5, 0.95, 1 },
	{ 40, 0.02, 0.5, 0.99, 1 },
	{ 40, 0.02, 0.3, 0.99, 1 },
	{ 150, 0.04, 0.5, 0.8, 1 },
};

START_TEST(how_often_two_are_seen)
{
	double share = share_of_two(simulations[_i].n, simulations[_i].noise,
				    simulations[_i].slow_share);

	ck_assert_double_ge(share, simulations[_i].least);
	ck_assert_double_le(share, simulations[_i].most);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("speeds");
	TCase *tests = tcase_create("speeds");

	tcase_add_loop_test(tests, counts_and_labels, 0, COUNT_OF(cases));
	tcase_add_test(tests, each_has_its_median);
	tcase_add_test(tests, unit_does_not_matter);
	tcase_add_test(tests, missing_references);
	tcase_add_test(tests, no_reference_at_all);
	tcase_add_loop_test(tests, how_often_two_are_seen, 0, COUNT_OF(simulations));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
