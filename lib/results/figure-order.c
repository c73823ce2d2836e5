/* SPDX-License-Identifier: MIT */
#include "results/figure-order.h"

#include <math.h>
#include <stdio.h>

/* Overheads are taken off round by round, and off a minimum only once. */
#define ORDER_SHARE 0.05

/* That one is not above the other, by more than overheads explain. */
static bool is_below(const struct result *result, const char *low_name, double low,
		     const char *high_name, double high, char *ret_reason)
{
	double slack = ORDER_SHARE * (fabs(low) + fabs(high)) + fabs(result->overhead) +
		       result->ns_per_tick;

	if (isnan(low) || isnan(high) || low <= high + slack)
		return true;
	snprintf(ret_reason, RESULT_REASON_BYTES, "%s is %.6g ns and %s %.6g ns: it cannot be above it",
		 low_name, low, high_name, high);
	return false;
}

bool figures_are_in_order(const struct result *result, char *ret_reason)
{
	return is_below(result, "min", result->min, "p50", result->p50, ret_reason) &&
	       is_below(result, "p50", result->p50, "max", result->max, ret_reason) &&
	       is_below(result, "min", result->min, "mean", result->mean, ret_reason) &&
	       is_below(result, "mean", result->mean, "max", result->max, ret_reason);
}
