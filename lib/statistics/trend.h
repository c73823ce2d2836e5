/* SPDX-License-Identifier: MIT */
/*
 * statistics/trend - finds doubts about a series of round values: drift, step, two modes
 *
 * What:    An interval of the median supposes that the rounds scatter around
 *          one value. These functions say when they do not: the series climbs
 *          (drift), jumps (step) or has two homes (modes).
 * Shapes:  y is one finite value per round, in the order measured, any unit;
 *          slopes are in that unit per round, shares are fractions of rounds.
 * Owner:   the caller owns every array. Threads: pure, call from anywhere.
 * Errors:  0 or -errno: -EINVAL too few rounds for the question, -EDOM a value
 *          is not finite, -E2BIG more rounds than TREND_ROUNDS_MAX, -ENOMEM.
 *          ret_x are left alone on failure.
 * Sources: handoff-method(7) FLAGS; Mann 1945, Sen 1968, Otsu 1979.
 */
#ifndef HANDOFF_TREND_H
#define HANDOFF_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "statistics/statistics.h"

/* Theil-Sen holds all pairs at once: 64 MiB at this many rounds. */
#define TREND_ROUNDS_MAX 4096

struct trend_test {
	int64_t s;		/* rising pairs minus falling pairs */
	double variance;	/* of s without trend, n(n-1)(2n+5)/18, ties ignored */
	double z;		/* (|s| - 1) / sqrt(variance), with the sign of s */
};

struct trend_modes {
	double low, high;	/* median of either cluster */
	double low_share, high_share;
	double explained;	/* share of the variance that lies between the clusters */
	bool is_bimodal;
};

/* Mann-Kendall test for a monotone trend; all zero if n < 2. O(n^2) time. */
struct trend_test trend_mann_kendall(const double *y, size_t n);

/* Theil-Sen slope: median of (y_j - y_i) / (j - i). Needs 2 rounds. */
int trend_theil_sen(const double *y, size_t n, double *ret_slope_per_round)
	__attribute__((warn_unused_result));

/*
 * DRIFT: |z| > 2.58, and over the whole run the slope adds up to more than 1 %
 * of the median and more than the half-width of `interval`, the interval of
 * that median. Without an interval only the 1 % counts. Needs 2 rounds.
 */
int trend_judge_drift(const double *y, size_t n, const struct interval *interval,
		      bool *ret_is_drift) __attribute__((warn_unused_result));

/*
 * STEP: the medians of the first and the last third differ by more than twice
 * the width of `interval`. Without an interval there is no such verdict: false.
 * Needs 3 rounds.
 */
int trend_judge_step(const double *y, size_t n, const struct interval *interval,
		     bool *ret_is_step) __attribute__((warn_unused_result));

/*
 * Best split of the values into two clusters (Otsu: most variance between
 * them). is_bimodal says the split is real: it explains more than 80 % of the
 * variance, the smaller cluster holds at least 10 % of the rounds and not just
 * one, and the modes lie more than 5 % of the lower one apart. If all values
 * are equal both modes are that value, and high_share is 0. Needs 1 round.
 */
int trend_split_modes(const double *y, size_t n, struct trend_modes *ret_modes)
	__attribute__((warn_unused_result));

#endif
