/* SPDX-License-Identifier: MIT */
/*
 * statistics - order statistics of round values, and the interval of their
 * median
 *
 * What:    Every function is pure: same arguments, same answer, no state kept.
 *          A sample is an array of finite doubles in one unit chosen by the
 *          caller; results come back in that unit. Ranks are 1-based, fractions
 *          and levels lie in (0, 1); alpha is the two-sided miss rate, so 95 %
 *          is alpha = 0.05.
 * Shapes:  `sorted` means ascending; `y` means in the order measured, because
 *          serial correlation lives in that order.
 * Owner:   the caller owns every array; nothing is kept after return.
 * Threads: no shared state, call from any thread.
 * Errors:  "no answer" is NAN for a number, 0 for a rank and
 *          has_interval = false for an interval; nothing prints or exits.
 *          statistics_median_interval() borrows heap; if there is none, or if a
 *          value is not finite, the answer is NAN without interval.
 * Sources: handoff-method(7) STOPPING (looks) and INTERVAL (the rest); at each function.
 */
#ifndef HANDOFF_STATISTICS_H
#define HANDOFF_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A middle value and, if the sample allows one, the interval around it.
 * lo and hi are NAN unless has_interval: too few rounds must never look like
 * a narrow result.
 */
struct interval {
	double lo, mid, hi;
	double rho;		/* lag-1 correlation believed in, 0 if not significant */
	double n_eff;		/* independent values the sample is worth */
	bool has_interval;
};

/* True if none of the n values is infinite or NAN. */
bool statistics_are_finite(const double *y, size_t n);

/* Ascending, in place. */
void statistics_sort(double *y, size_t n);

/* The same, slower, without the memory that qsort(3) takes from the heap (see kernel/pages.h). */
void statistics_sort_lean(double *y, size_t n);

/* Middle value, or the mean of the two middle ones; NAN if n is 0. */
double statistics_median(const double *sorted, size_t n);

/*
 * Quantile by linear interpolation between order statistics (type 7 of Hyndman
 * and Fan 1996), p within [0, 1]. p = 0.5 equals statistics_median().
 */
double statistics_quantile(const double *sorted, size_t n, double p);

/*
 * Median absolute deviation from the median, *not* multiplied by the 1.4826
 * that makes it estimate a normal standard deviation; NAN if n is 0.
 */
double statistics_mad(const double *sorted, size_t n);

/*
 * z with P(Z <= z) = p for a standard normal Z; p = 1 - alpha / 2 gives the
 * two-sided factor. -INFINITY at 0, INFINITY at 1, NAN outside.
 * Abramowitz and Stegun 26.2.23, then Halley steps on erfc.
 */
double statistics_normal_quantile(double p);

/* Fewer values have no interval of their median at 95 %. */
#define STATISTICS_ROUNDS_LEAST 6

/*
 * Largest k for which [s(k), s(n+1-k)] covers the median with probability of
 * at least 1 - alpha; 0 if there is none. Exact binomial up to n = 1000, then
 * floor((n - z sqrt(n)) / 2).
 */
size_t statistics_median_rank(size_t n, double alpha);

/* Probability that [s(k), s(n+1-k)] covers the median; 0 if there is no such k. */
double statistics_rank_coverage(size_t n, size_t k);

/* Lag-1 autocorrelation around the mean; 0 if the values do not vary. */
double statistics_autocorrelation(const double *y, size_t n);

/* Variance inflation (1 + rho) / (1 - rho) of AR(1) noise; n_eff = n / tau. */
double statistics_tau(double rho);

/*
 * Median of the n round values and its interval, widened for serial
 * correlation (handoff-method(7) INTERVAL). rho is measured on deviations clamped
 * at 3 robust standard deviations, because one spike would hide it; if MAD is 0
 * there is no scale to clamp at and the plain deviations are used.
 */
struct interval statistics_median_interval(const double *y, size_t n, double alpha);

/*
 * Interval of the median interpolated between order statistics, so that its
 * coverage is close to 1 - alpha rather than above it (Hettmansperger and
 * Sheather 1986). For independent values only: it knows no rho. Returns false,
 * and leaves ret_lo and ret_hi alone, if no interval exists.
 */
bool statistics_interpolated_interval(const double *sorted, size_t n, double alpha,
				      double *ret_lo, double *ret_hi);

/*
 * Ranks of the interval of quantile p, normal approximation:
 * floor(np - z sd), ceil(np + z sd) + 1, sd = sqrt(np(1-p)) (Le Boudec).
 * Returns false, and leaves the ranks alone, if one would lie outside 1..n.
 */
bool statistics_quantile_ranks(size_t n, double p, double alpha,
			       size_t *ret_low_rank, size_t *ret_high_rank);

/*
 * Fewest values from which an interval of quantile p can exist at all:
 * ceil(ln(alpha / 2) / ln p), p counted from the nearer end (0.1 as 0.9).
 */
uint64_t statistics_quantile_least_n(double p, double alpha);

/*
 * Tail rule at 95 %: quantile p of n operations may be shown if an interval for
 * it can exist and ten values lie beyond it. The median needs only the first.
 */
bool statistics_can_report(double p, uint64_t n);

/* The look after this one, floor(1.3 look) + 1: 15 20 27 36 47 62 81 106 ... */
size_t statistics_next_look(size_t look);

#endif
