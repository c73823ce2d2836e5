/* SPDX-License-Identifier: MIT */
/*
 * statistics/compare - compares two sets of round values
 *
 * What:    Mechanisms of one run are compared paired by round
 *          (compare_paired_ratio), two result files unpaired (compare_shift,
 *          compare_ratio, compare_mann_whitney); many p values at once are
 *          adjusted (compare_holm, compare_benjamini_hochberg); a cost that
 *          depends on a size is fitted by a line (compare_fit_line).
 * Shapes:  a has n values, b has m, one per round, never pooled operations.
 *          Shifts are in the unit of the values, ratios are pure numbers.
 * Owner:   the caller owns every array. Threads: pure, call from anywhere.
 * Errors:  0 or -errno: -EINVAL an empty sample or a level outside (0, 1),
 *          -EDOM a value that is not finite (or, under a logarithm, not
 *          positive), -E2BIG sizes beyond memory, -ENOMEM. ret_x are left alone
 *          on failure. Values are never dropped to get an answer.
 * Sources: handoff-method(7) COMPARING; at each function.
 */
#ifndef HANDOFF_COMPARE_H
#define HANDOFF_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "statistics/statistics.h"

struct compare_rank_test {
	double u;	/* pairs with b > a, ties counted half: P(B > A) = u / (n m) */
	double p;	/* two-sided */
	bool is_exact;	/* by enumeration, else by the normal approximation */
};

struct compare_line_fit {
	struct interval slope;		/* unit of y per unit of x */
	struct interval intercept;	/* unit of y */
};

/*
 * Mann-Whitney test. Up to a million arrangements are enumerated (ties through
 * mid-ranks, so the permutation distribution is exact); beyond that normal with
 * tie and continuity correction.
 */
int compare_mann_whitney(const double *a, size_t n, const double *b, size_t m,
			 struct compare_rank_test *ret_test)
	__attribute__((warn_unused_result));

/*
 * Hodges-Lehmann shift from a to b, the median of the nm differences, with the
 * interval of Moses: ranks from the exact U distribution if nm < 100, else
 * K = round(nm/2 - z sqrt(nm (n+m+1) / 12)). tau >= 1 widens for serial
 * correlation (statistics_tau of the worse side; 1 if there is none).
 * In the result rho is the correlation of that tau, n_eff min(n, m) / tau.
 */
int compare_shift(const double *a, size_t n, const double *b, size_t m,
		  double alpha, double tau, struct interval *ret_shift)
	__attribute__((warn_unused_result));

/* The same on logarithms: the ratio b / a. All values must be positive. */
int compare_ratio(const double *a, size_t n, const double *b, size_t m,
		  double alpha, double tau, struct interval *ret_ratio)
	__attribute__((warn_unused_result));

/*
 * Ratio a / b of values measured in the same n rounds: median interval of
 * ln a_r - ln b_r, then exp. A round that is NAN on either side (it was
 * invalid there) is no pair and is skipped. Any value that has no logarithm, or
 * lack of memory, gives a NAN ratio without interval.
 */
struct interval compare_paired_ratio(const double *a, const double *b, size_t n,
				     double alpha);

/* The same of rounds in clusters (cluster.h), cluster[r] being that of round r. */
struct interval compare_clustered_ratio(const double *a, const double *b, const uint64_t *cluster,
					size_t n, double alpha);

struct compare_points {
	const double *x;		/* k >= 2 abscissae, not all equal */
	const double *weight;		/* of each; NULL: all alike */
	size_t k;
	const double *y_rounds;		/* rounds x k, row-major */
	const uint64_t *cluster;	/* of each round (cluster.h); NULL: none */
	size_t rounds;
};

/*
 * Line y = intercept + slope x by least squares in every round, then the median
 * intervals of slopes and intercepts over rounds. A row containing NAN is skipped.
 * Errors that grow with y are evened out by weights of 1 / y^2, y the typical one.
 * -EINVAL also if the abscissae do not define a line.
 */
int compare_fit_line(const struct compare_points *points, double alpha,
		     struct compare_line_fit *ret_fit)
	__attribute__((warn_unused_result));

/*
 * Adjusted p values in the order given: Holm 1979 keeps the chance of any false
 * claim below alpha, Benjamini and Hochberg 1995 the share of false ones among
 * the claims. ret_adjusted has room for count values and may be p itself.
 */
int compare_holm(const double *p, size_t count, double *ret_adjusted)
	__attribute__((warn_unused_result));
int compare_benjamini_hochberg(const double *p, size_t count, double *ret_adjusted)
	__attribute__((warn_unused_result));

#endif
