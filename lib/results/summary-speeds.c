/* SPDX-License-Identifier: MIT */
#include "results/summary-speeds.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/summary.h"
#include "results/summary-flags.h"
#include "statistics/statistics.h"

static void clear_figures(struct result *result)
{
	for (size_t i = 0; i < SPEEDS_MOST; i++)
		result->speeds[i] = (struct result_speed){ .p50 = NAN, .p50_lo = NAN, .p50_hi = NAN,
							   .share = NAN };
}

void summary_clear_speeds(struct result *result)
{
	result->reference_ns = NAN;
	clear_figures(result);
}

bool summary_has_speeds(const struct result *result)
{
	return result->speeds[0].rounds && result->speeds[1].rounds;
}

/* References of the result's valid rounds. */
static size_t collect_references(const struct host_speed *host, const struct result *result,
				 double *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < result->metric->rounds; i++) {
		double ns = host_speed_reference_ns(host, i);

		if (!isnan(result->metric->round_p50[i]) && !isnan(ns))
			ret[count++] = ns;
	}
	return count;
}

/* The result's valid rounds at this speed, in ns, in their order. */
static size_t collect_rounds(const struct host_speed *host, const struct result *result, int label,
			     double *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < result->metric->rounds; i++)
		if (!isnan(result->metric->round_p50[i]) && host_speed_label(host, i) == label)
			ret[count++] = result->metric->round_p50[i] * result->ns_per_tick;
	return count;
}

static void set_speed(const struct result *result, const double *rounds_ns, size_t count,
		      struct result_speed *ret)
{
	struct interval interval = statistics_median_interval(rounds_ns, count, SUMMARY_ALPHA);

	summary_widen(result, &interval);
	ret->rounds = count;
	ret->p50 = interval.mid;
	ret->p50_lo = interval.lo;
	ret->p50_hi = interval.hi;
}

/* Whether the speed of the host makes a difference here: the intervals lie apart. */
static bool are_apart(const struct result_speed *speeds)
{
	return speeds[0].p50_hi < speeds[1].p50_lo || speeds[1].p50_hi < speeds[0].p50_lo;
}

static void set_speeds(const struct host_speed *host, struct result *result, double *scratch)
{
	size_t labelled = 0;

	for (int label = 0; label < SPEEDS_MOST; label++) {
		size_t count = collect_rounds(host, result, label, scratch);

		set_speed(result, scratch, count, &result->speeds[label]);
		labelled += count;
	}
	for (int label = 0; label < SPEEDS_MOST; label++)
		result->speeds[label].share = (double)result->speeds[label].rounds / (double)labelled;
	if (are_apart(result->speeds))
		summary_add_flag(result, "SPEEDS");
	else
		clear_figures(result);
}

static void describe(const struct host_speed *host, struct result *result, double *scratch)
{
	size_t count = collect_references(host, result, scratch);

	statistics_sort(scratch, count);
	result->reference_ns = statistics_median(scratch, count);
	if (host->speeds.count > 1 && !result->cell->share)
		set_speeds(host, result, scratch);
}

int summary_set_speeds(struct results *results)
{
	for (size_t i = 0; i < results->result_count; i++) {
		struct result *result = &results->results[i];
		double *scratch = calloc(result->metric->rounds + 1, sizeof(*scratch));

		if (!scratch)
			return -ENOMEM;
		describe(&results->speed, result, scratch);
		free(scratch);
	}
	return 0;
}
