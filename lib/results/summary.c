/* SPDX-License-Identifier: MIT */
#include "results/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure-order.h"
#include "results/proof-words.h"
#include "results/summary-flags.h"
#include "results/summary-groups.h"
#include "results/summary-lost.h"
#include "results/summary-speeds.h"
#include "statistics/cluster.h"
#include "statistics/stopping.h"

/* More invalid rounds than this share, and the cell is not verified. */
#define INVALID_SHARE 0.1

static double median_of(const double *values, size_t count)
{
	double median, *copy;

	if (!count)
		return NAN;
	copy = malloc(count * sizeof(*copy));
	if (!copy)
		return NAN;
	memcpy(copy, values, count * sizeof(*copy));
	statistics_sort(copy, count);
	median = statistics_median(copy, count);
	free(copy);
	return median;
}

/* Valid rounds only, in ns, in their order. */
static size_t valid_rounds(const struct metric_series *metric, double ns_per_tick, double *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < metric->rounds; i++)
		if (!isnan(metric->round_p50[i]))
			ret[count++] = metric->round_p50[i] * ns_per_tick;
	return count;
}

/* What each of the same rounds shares with others.  NULL: no memory. */
static uint64_t *valid_preparations(const struct series *series, const struct metric_series *metric)
{
	uint64_t *preparations = calloc(metric->rounds + 1, sizeof(*preparations));
	size_t count = 0;

	for (size_t i = 0; preparations && i < metric->rounds; i++)
		if (!isnan(metric->round_p50[i]))
			preparations[count++] = series->preparations[i];
	return preparations;
}

static double percentile(const struct result *result, double p)
{
	const struct metric_series *metric = result->metric;
	double value;

	/* Of batches there are no percentiles of operations. */
	if (metric->is_batch || !statistics_can_report(p, metric->n))
		return NAN;
	value = (double)histogram_percentile(&metric->histogram, p) * metric->bucket_ticks;
	return value * result->ns_per_tick - result->overhead;
}

static void set_distribution(struct result *result)
{
	const struct metric_series *metric = result->metric;
	double rate = result->ns_per_tick;

	result->overhead = median_of(metric->overheads, metric->valid) * rate;
	result->cold = median_of(metric->colds, metric->valid) * rate - result->overhead;
	result->n = metric->n;
	result->min = metric->min * rate - result->overhead;
	result->max = metric->max * rate - result->overhead;
	result->mean = metric->sum / (double)metric->n * rate - result->overhead;
	result->p90 = percentile(result, 0.90);
	result->p99 = percentile(result, 0.99);
	result->p999 = percentile(result, 0.999);
}

/* Of which there are too few, or they say too little beside each other. */
static void explain_no_interval(const struct options *options, struct result *result)
{
	bool is_fixed = options->rounds && options->rounds < STATISTICS_ROUNDS_LEAST;
	size_t size = sizeof(result->no_interval);
	char lost[48];

	if (result->rounds >= STATISTICS_ROUNDS_LEAST) {
		snprintf(result->no_interval, size, "its %zu rounds resemble their neighbours too much: "
			 "more are needed", result->rounds);
		return;
	}
	snprintf(lost, sizeof(lost), " beside %zu that do not count",
		 result->rounds_invalid + result->rounds_lost);
	snprintf(result->no_interval, size, "%zu round%s%s of the %d that it takes: raise %s",
		 result->rounds, result->rounds == 1 ? "" : "s",
		 result->rounds_invalid + result->rounds_lost ? lost : "", STATISTICS_ROUNDS_LEAST,
		 is_fixed ? "--rounds" : "--time");
}

static int set_interval(const struct options *options, struct result *result, double *rounds_ns,
			size_t count)
{
	double target = options->precision;
	uint64_t *preparations = valid_preparations(result->series, result->metric);
	struct interval interval;

	if (!preparations)
		return -ENOMEM;
	interval = statistics_clustered_interval(rounds_ns, preparations, count, SUMMARY_ALPHA);
	result->preparations = statistics_count_clusters(preparations, count);
	free(preparations);
	summary_widen(result, &interval);
	result->p50 = interval.mid;
	result->p50_lo = interval.lo;
	result->p50_hi = interval.hi;
	result->n_eff = interval.n_eff;
	result->rho = interval.rho;
	result->is_target_met = stopping_is_met(&interval, target);
	result->rounds_needed = NAN;
	if (!result->is_yardstick && !result->is_target_met && interval.has_interval)
		result->rounds_needed = (double)stopping_forecast_rounds(&interval, count, target);
	if (!interval.has_interval)
		explain_no_interval(options, result);
	summary_set_flags(result, rounds_ns, count, &interval);
	return 0;
}

static void set_figures(struct result *result)
{
	const struct series *series = result->series;

	for (size_t i = 0; i < series->figure_count; i++)
		result->figures[result->figure_count++] = (struct result_figure){
			.name = series->figures[i].name,
			.value = median_of(series->figures[i].values, series->figures[i].count),
		};
}

static bool is_verified(const struct series *series)
{
	return series->invalid <= INVALID_SHARE * (double)(series->valid + series->invalid) &&
	       series->proof_count > 0;
}

static bool describe_broken_proof(const struct series *series, char *ret, size_t size);

/* Whether the rounds were proved and the figures can be true together; if not, why. */
static void verify(const struct series *series, struct result *result)
{
	result->is_verified = is_verified(series) && figures_are_in_order(result, result->reason);
	if (result->is_verified || *result->reason)
		return;
	if (!describe_broken_proof(series, result->reason, sizeof(result->reason)))
		snprintf(result->reason, sizeof(result->reason), "%zu of %zu rounds were invalid%s%s",
			 series->invalid, series->valid + series->invalid,
			 *series->last_reason ? ": " : "", series->last_reason);
}

/* Where it tells more than the median of all rounds, within its interval, does. */
static void keep_clean_median(struct result *result)
{
	double clean = result->lost.p50_clean;

	if (clean >= result->p50_lo && clean <= result->p50_hi)
		result->lost.p50_clean = NAN;
}

static int make_result(const struct plan *plan, const struct cell *cell,
		       const struct series *series, const struct metric_series *metric,
		       double ns_per_tick, struct result *result)
{
	double *rounds_ns = calloc(metric->rounds + 1, sizeof(*rounds_ns));
	size_t count;
	int error;

	if (!rounds_ns)
		return -ENOMEM;
	count = valid_rounds(metric, ns_per_tick, rounds_ns);
	memset(result, 0, sizeof(*result));
	result->cell = cell;
	result->series = series;
	result->metric = metric;
	result->is_yardstick = plan_is_yardstick(cell->mechanism);
	result->ns_per_tick = ns_per_tick;
	result->rounds = count;
	result->rounds_invalid = series->invalid;
	result->rounds_lost = series->failed + series->skipped;
	result->round_p50 = rounds_ns;
	result->ratio = result->ratio_lo = result->ratio_hi = NAN;
	summary_clear_speeds(result);
	result->fit_ns = result->fit_ns_per_page = NAN;
	result->fit_ns_per_page_lo = result->fit_ns_per_page_hi = NAN;
	result->modes[0] = result->modes[1] = result->mode_shares[0] = NAN;
	set_distribution(result);
	set_figures(result);
	error = summary_set_lost(result);
	if (!error)
		error = set_interval(plan->options, result, rounds_ns, count);
	keep_clean_median(result);
	verify(series, result);
	return error;
}

/* Of the rounds that were answered and did not hold: the last proof that broke. */
static bool describe_broken_proof(const struct series *series, char *ret, size_t size)
{
	char words[PROOF_WORDS_BYTES];

	for (size_t i = 0; i < series->proof_count; i++)
		if (series->proofs[i].broken) {
			proof_describe(&series->proofs[i].worst, words, sizeof(words));
			snprintf(ret, size, "not proved in %zu of %zu rounds: %s",
				 series->proofs[i].broken, series->valid + series->invalid, words);
			return true;
		}
	return false;
}

static void describe_loss(const struct series *series, char *ret, size_t size)
{
	const char *because = series->last_error ? strerror(series->last_error) : "";
	bool is_disproved = series->invalid && !series->failed && !series->skipped;

	if (is_disproved && describe_broken_proof(series, ret, size))
		return;
	if (is_disproved && !*series->last_reason) {
		snprintf(ret, size, "not proved: no counter showed that it happened");
		return;
	}
	snprintf(ret, size, "%s: %s%s%s", series->last_step, series->last_reason,
		 *series->last_reason && *because ? ": " : "", because);
}

static void make_skip(const struct cell *cell, const struct series *series, struct skip *ret)
{
	ret->cell = cell;
	ret->is_unreached = cell->is_beyond_budget || series->is_unreached;
	if (cell->skip)
		snprintf(ret->reason, sizeof(ret->reason), "%s", cell->skip);
	else if (series->is_unreached)
		snprintf(ret->reason, sizeof(ret->reason), "%s", series->last_reason);
	else if (!series_had_turn(series))
		snprintf(ret->reason, sizeof(ret->reason), "the run ended before its turn");
	else
		describe_loss(series, ret->reason, sizeof(ret->reason));
}

/* Metrics in the tool's order, not in the order of their arrival. */
static int add_cell(const struct plan *plan, size_t index, const struct series *series,
		    double ns_per_tick, struct results *results)
{
	const struct tool *tool = plan->options->tool;
	const struct cell *cell = &plan->cells[index];
	int error = 0;

	if (!series[index].valid) {
		make_skip(cell, &series[index], &results->skips[results->skip_count++]);
		return 0;
	}
	for (size_t i = 0; tool->metrics[i] && !error; i++) {
		const struct metric_series *metric = series_metric(&series[index],
								   tool->metrics[i]);

		if (!metric || !metric->valid)
			continue;
		error = make_result(plan, cell, &series[index], metric, ns_per_tick,
				    &results->results[results->result_count++]);
	}
	return error;
}

int summary_make(const struct plan *plan, const struct series *series, double ns_per_tick,
		 struct results *ret_results)
{
	int error = 0;

	ret_results->plan = plan;
	ret_results->results = calloc(plan->count * ROUND_SERIES_MAX + 1,
				      sizeof(*ret_results->results));
	ret_results->skips = calloc(plan->count + 1, sizeof(*ret_results->skips));
	if (!ret_results->results || !ret_results->skips)
		return -ENOMEM;
	for (size_t i = 0; i < plan->count && !error; i++)
		error = add_cell(plan, i, series, ns_per_tick, ret_results);
	if (!error)
		error = summary_set_speeds(ret_results);
	return error ? error : summary_compare_groups(ret_results);
}

/* Some cells have no headline: then their first metric decides. */
static const struct metric_series *deciding_metric(const struct tool *tool,
						   const struct series *series)
{
	for (size_t i = 0; i < series->metric_count; i++)
		if (plan_is_headline(tool, series->metrics[i].name))
			return &series->metrics[i];
	return series->metric_count ? &series->metrics[0] : NULL;
}

struct interval summary_headline(const struct plan *plan, const struct series *series)
{
	const struct metric_series *metric = deciding_metric(plan->options->tool, series);
	struct interval interval = { .has_interval = false };
	uint64_t *preparations;
	double *values;

	if (!metric)
		return interval;
	values = calloc(metric->rounds + 1, sizeof(*values));
	if (!values)
		return interval;
	preparations = valid_preparations(series, metric);
	if (preparations)
		interval = statistics_clustered_interval(values, preparations,
							 valid_rounds(metric, 1, values),
							 SUMMARY_ALPHA);
	free(preparations);
	free(values);
	return interval;
}
