/* SPDX-License-Identifier: MIT */
/* statistics/trend - finds doubts about a series of round values: drift, step, two modes */
#include "statistics/trend.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRIFT_Z_MIN 2.58
#define DRIFT_SHARE_MIN 0.01
#define STEP_WIDTHS_MIN 2.0
#define MODES_EXPLAINED_MIN 0.80
#define MODES_SEPARATION_MIN 0.05

struct trend_test trend_mann_kendall(const double *y, size_t n)
{
	struct trend_test test = { 0 };
	double rounds = (double)n;

	if (n < 2)
		return test;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			test.s += (y[j] > y[i]) - (y[j] < y[i]);
	test.variance = rounds * (rounds - 1) * (2 * rounds + 5) / 18;
	/* s moves in steps of 2: take half a step off towards zero. */
	if (test.s > 0)
		test.z = (double)(test.s - 1) / sqrt(test.variance);
	else if (test.s < 0)
		test.z = (double)(test.s + 1) / sqrt(test.variance);
	return test;
}

static int check_rounds(const double *y, size_t n, size_t least)
{
	if (n < least)
		return -EINVAL;
	if (n > TREND_ROUNDS_MAX)
		return -E2BIG;
	return statistics_are_finite(y, n) ? 0 : -EDOM;
}

int trend_theil_sen(const double *y, size_t n, double *ret_slope_per_round)
{
	double *slopes;
	size_t pairs = 0;
	int err = check_rounds(y, n, 2);

	if (err)
		return err;
	slopes = calloc(n * (n - 1) / 2, sizeof(*slopes));
	if (!slopes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slopes[pairs++] = (y[j] - y[i]) / (double)(j - i);
	statistics_sort(slopes, pairs);
	*ret_slope_per_round = statistics_median(slopes, pairs);
	free(slopes);
	return 0;
}

/* Ascending copy on the heap for the caller to free; NULL without memory. */
static double *sorted_copy(const double *y, size_t n)
{
	double *copy = calloc(n, sizeof(*copy));

	if (!copy)
		return NULL;
	memcpy(copy, y, n * sizeof(*copy));
	statistics_sort(copy, n);
	return copy;
}

static int median_of(const double *y, size_t n, double *ret_median)
{
	double *sorted = sorted_copy(y, n);

	if (!sorted)
		return -ENOMEM;
	*ret_median = statistics_median(sorted, n);
	free(sorted);
	return 0;
}

int trend_judge_drift(const double *y, size_t n, const struct interval *interval,
		      bool *ret_is_drift)
{
	double slope, median, least;
	int err;

	err = trend_theil_sen(y, n, &slope);
	if (err)
		return err;
	err = median_of(y, n, &median);
	if (err)
		return err;
	least = DRIFT_SHARE_MIN * fabs(median);
	if (interval->has_interval)
		least = fmax(least, (interval->hi - interval->lo) / 2);
	*ret_is_drift = fabs(trend_mann_kendall(y, n).z) > DRIFT_Z_MIN &&
			fabs(slope) * (double)n > least;
	return 0;
}

int trend_judge_step(const double *y, size_t n, const struct interval *interval,
		     bool *ret_is_step)
{
	double first, last;
	size_t third = n / 3;
	int err;

	err = check_rounds(y, n, 3);
	if (err)
		return err;
	err = median_of(y, third, &first);
	if (err)
		return err;
	err = median_of(y + n - third, third, &last);
	if (err)
		return err;
	*ret_is_step = interval->has_interval &&
		       fabs(last - first) > STEP_WIDTHS_MIN * (interval->hi - interval->lo);
	return 0;
}

/*
 * Size of the lower cluster in the best split, n if all values are equal.
 * Deviations from the mean sum to zero, so the lower cluster's sum is all that
 * is needed: between = sum^2 n / (n1 n2).
 */
static size_t split_at(const double *sorted, size_t n, double *ret_explained)
{
	double mean = 0, total = 0, below = 0, best = 0;
	size_t at = n;

	for (size_t i = 0; i < n; i++)
		mean += sorted[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		total += (sorted[i] - mean) * (sorted[i] - mean);
	for (size_t i = 1; i < n; i++) {
		double between;

		below += sorted[i - 1] - mean;
		between = below * below * (double)n / ((double)i * (double)(n - i));
		if (sorted[i] > sorted[i - 1] && between > best) {
			best = between;
			at = i;
		}
	}
	*ret_explained = at < n ? best / total : 0;
	return at;
}

static bool are_two_modes(const struct trend_modes *modes, size_t low_count, size_t n)
{
	size_t smaller = low_count < n - low_count ? low_count : n - low_count;

	return modes->explained > MODES_EXPLAINED_MIN &&
	       smaller >= 2 && smaller * 10 >= n &&
	       modes->high - modes->low > MODES_SEPARATION_MIN * fabs(modes->low);
}

int trend_split_modes(const double *y, size_t n, struct trend_modes *ret_modes)
{
	struct trend_modes modes = { 0 };
	double *sorted;
	size_t at;
	int err = check_rounds(y, n, 1);

	if (err)
		return err;
	sorted = sorted_copy(y, n);
	if (!sorted)
		return -ENOMEM;
	at = split_at(sorted, n, &modes.explained);
	modes.low = statistics_median(sorted, at);
	modes.high = at < n ? statistics_median(sorted + at, n - at) : modes.low;
	modes.low_share = (double)at / (double)n;
	modes.high_share = (double)(n - at) / (double)n;
	modes.is_bimodal = are_two_modes(&modes, at, n);
	free(sorted);
	*ret_modes = modes;
	return 0;
}
