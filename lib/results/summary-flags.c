/* SPDX-License-Identifier: MIT */
#include "results/summary-flags.h"

#include <math.h>
#include <string.h>

#include "statistics/cluster.h"
#include "statistics/trend.h"

#define SERIAL_RHO 0.3
#define FREQUENCY_RANGE 0.02
#define OVERHEAD_SHARE 0.05
#define QUANT_SHARE 0.005
/* A trend needs some rounds to be one. */
#define TREND_ROUNDS 10

void summary_add_flag(struct result *result, const char *flag)
{
	size_t i = 0;

	while (i < RESULT_FLAGS_MAX && result->flags[i])
		i++;
	if (i < RESULT_FLAGS_MAX)
		result->flags[i] = flag;
}

static void flag_trends(struct result *result, const double *rounds_ns, size_t count,
			const struct interval *interval)
{
	struct trend_modes modes;
	bool is_drift, is_step;

	if (count < TREND_ROUNDS)
		return;
	if (!trend_judge_drift(rounds_ns, count, interval, &is_drift) && is_drift)
		summary_add_flag(result, "DRIFT");
	if (!trend_judge_step(rounds_ns, count, interval, &is_step) && is_step)
		summary_add_flag(result, "STEP");
	if (!trend_split_modes(rounds_ns, count, &modes) && modes.is_bimodal) {
		summary_add_flag(result, "BIMODAL");
		result->modes[0] = modes.low;
		result->modes[1] = modes.high;
		result->mode_shares[0] = modes.low_share;
		result->mode_shares[1] = modes.high_share;
	}
	if (interval->rho > SERIAL_RHO)
		summary_add_flag(result, "SERIAL");
}

/* A twin's cost is meant to go off. */
static bool is_overhead_large(const struct result *result, double p50_ns)
{
	return !(result->series->flags & ROUND_TWIN) &&
	       result->overhead > OVERHEAD_SHARE * (p50_ns + result->overhead);
}

void summary_widen(const struct result *result, struct interval *interval)
{
	double spread_ns = result->metric->overhead_spread * result->ns_per_tick;

	if (!interval->has_interval || !is_overhead_large(result, interval->mid))
		return;
	interval->lo -= spread_ns / 2;
	interval->hi += spread_ns / 2;
}

static void flag_harness(struct result *result)
{
	if (is_overhead_large(result, result->p50))
		summary_add_flag(result, "OVERHEAD");
}

static void flag_worker(struct result *result)
{
	const struct series *series = result->series;

	if (series->core_most > series->core_least * (1 + FREQUENCY_RANGE))
		summary_add_flag(result, "FREQ");
	if (2 * series->flagged_nonlinear > series->valid)
		summary_add_flag(result, "NONLINEAR");
	if (2 * series->flagged_nowarm > series->valid)
		summary_add_flag(result, "NOWARM");
	if (2 * series->flagged_ramp > series->valid)
		summary_add_flag(result, "RAMP");
	if (series->flags & ROUND_PERF)
		summary_add_flag(result, "PERF");
	if (series->flags & ROUND_CONCURRENT)
		summary_add_flag(result, "CONCURRENT");
	if (series->flags & ROUND_STOPPED)
		summary_add_flag(result, "STOPPED");
	if (series->flags & ROUND_TRACED)
		summary_add_flag(result, "TRACED");
	if (series->flags & ROUND_SELECTED)
		summary_add_flag(result, "SELECTED");
	if (series->flags & ROUND_GENERATOR)
		summary_add_flag(result, "GENERATOR");
	if (series->flags & ROUND_USERNS)
		summary_add_flag(result, "USERNS");
	if (result->preparations < result->rounds && result->preparations < CLUSTERS_ENOUGH)
		summary_add_flag(result, "SHARED");
	if (series->failed + series->skipped)
		summary_add_flag(result, "LOST");
	if (series->invalid)
		summary_add_flag(result, "INVALID");
}

void summary_set_flags(struct result *result, const double *rounds_ns, size_t count,
		       const struct interval *interval)
{
	flag_trends(result, rounds_ns, count, interval);
	flag_harness(result);
	flag_worker(result);
}

/* One timed region: one operation, or a batch of them. */
static double region_ns(const struct result *result)
{
	return (double)result->metric->n / (double)result->metric->histogram.count *
	       (result->p50 + result->overhead);
}

void summary_flag_run(struct results *results)
{
	for (size_t i = 0; i < results->result_count; i++) {
		struct result *result = &results->results[i];

		if (results->ladder->resolution_ns > QUANT_SHARE * region_ns(result))
			summary_add_flag(result, "QUANT");
		if (result->lost.rounds_hit > 0)
			summary_add_flag(result, "NOISE");
	}
}
