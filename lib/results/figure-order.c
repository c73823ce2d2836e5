/* SPDX-License-Identifier: MIT */
#include "results/figure-order.h"

#include <math.h>
#include <stdio.h>

/* Overheads are taken off round by round, and off a minimum only once. */
#define ORDER_SHARE 0.05

static double slack_of(const struct result *result, double low, double high)
{
	return ORDER_SHARE * (fabs(low) + fabs(high)) + fabs(result->overhead) + result->ns_per_tick;
}

/* That one is not above the other, by more than overheads explain. */
static bool is_below(const struct result *result, const char *low_name, double low,
		     const char *high_name, double high, char *ret_reason)
{
	if (isnan(low) || isnan(high) || low <= high + slack_of(result, low, high))
		return true;
	snprintf(ret_reason, RESULT_REASON_BYTES, "%s is %.6g ns and %s %.6g ns: it cannot be above it",
		 low_name, low, high_name, high);
	return false;
}

/* By the buckets alone; NAN: there are none. */
static double mean_of_buckets(const struct result *result)
{
	const struct metric_series *metric = result->metric;

	if (!metric || !metric->histogram.count)
		return NAN;
	return histogram_mean(&metric->histogram) * metric->bucket_ticks * result->ns_per_tick -
	       result->overhead;
}

/* Few times are above their mean, unless a part of them is much shorter: buckets show that. */
static bool is_mean_explained(const struct result *result, char *ret_reason)
{
	double mean = result->mean, buckets = mean_of_buckets(result);

	if (isnan(mean) || isnan(buckets) || result->p50 <= mean + slack_of(result, result->p50, mean) ||
	    buckets <= mean + slack_of(result, buckets, mean))
		return true;
	snprintf(ret_reason, RESULT_REASON_BYTES, "p50 is %.6g ns and mean %.6g ns: by its distribution "
		 "the mean is %.6g ns", result->p50, mean, buckets);
	return false;
}

bool figures_are_in_order(const struct result *result, char *ret_reason)
{
	return is_below(result, "min", result->min, "p50", result->p50, ret_reason) &&
	       is_below(result, "p50", result->p50, "max", result->max, ret_reason) &&
	       is_below(result, "min", result->min, "mean", result->mean, ret_reason) &&
	       is_below(result, "mean", result->mean, "max", result->max, ret_reason) &&
	       is_mean_explained(result, ret_reason);
}

bool figures_are_above(const struct result *result, const struct result *floor, char *ret_reason)
{
	double high = result->p50_hi, low = floor->p50_lo;

	/* Of few rounds nobody knows: the one that does nothing may be the one that was disturbed. */
	if (!isfinite(high) || !isfinite(low))
		return true;
	/* Of a net time the harness is off; without the kernel's part less may be done than there. */
	if (result->series->flags & ROUND_TWIN || result->metric->is_batch ||
	    low <= high + slack_of(result, low, high) + fabs(floor->overhead))
		return true;
	snprintf(ret_reason, RESULT_REASON_BYTES, "p50 is %.6g ns and that of %s %.6g ns: it cannot cost "
		 "less than doing nothing", result->p50, floor->cell->mechanism->name, floor->p50);
	return false;
}
