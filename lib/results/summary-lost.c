/* SPDX-License-Identifier: MIT */
#include "results/summary-lost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/lost-rounds.h"

/* Sums over rounds of one sort. */
struct totals {
	double n, sum, max;
};

static void add_totals(struct totals *totals, const struct metric_round *round)
{
	totals->n += (double)round->n;
	totals->sum += round->sum;
	totals->max = fmax(totals->max, round->max);
}

/* NAN where there are no such rounds. */
static double mean_ns(const struct result *result, const struct totals *totals)
{
	return totals->sum / totals->n * result->ns_per_tick - result->overhead;
}

static double max_ns(const struct result *result, const struct totals *totals)
{
	return totals->max * result->ns_per_tick - result->overhead;
}

/* The median of medians of the rounds not hit. */
static double clean_median(const struct result *result, const struct lost_round *verdicts)
{
	double *values = calloc(result->rounds + 1, sizeof(*values)), median = NAN;
	size_t count = 0;

	for (size_t i = 0; values && i < result->rounds; i++)
		if (!verdicts[i].is_hit)
			values[count++] = result->round_p50[i];
	if (count) {
		statistics_sort(values, count);
		median = statistics_median(values, count);
	}
	free(values);
	return median;
}

static void compare(struct result *result, const struct lost_round *verdicts,
		    const struct metric_round *const *totals)
{
	struct totals sums[2] = { { 0, 0, -INFINITY }, { 0, 0, -INFINITY } };
	struct result_lost *lost = &result->lost;

	for (size_t i = 0; i < result->rounds; i++)
		add_totals(&sums[verdicts[i].is_hit], totals[i]);
	lost->mean_hit = mean_ns(result, &sums[1]);
	lost->max_hit = max_ns(result, &sums[1]);
	lost->mean_clean = mean_ns(result, &sums[0]);
	lost->max_clean = max_ns(result, &sums[0]);
	lost->p50_clean = clean_median(result, verdicts);
}

static void add_hit(struct result_lost *lost, const struct lost_round *verdict)
{
	lost->rounds_hit++;
	lost->lost_ns += fmax(verdict->lost_ns, 0);
	lost->waited_ns += verdict->waited_ns;
	lost->stopped_ns += verdict->stopped_ns;
	lost->steal_ns += verdict->steal_ns;
	lost->stops += verdict->stops;
	lost->involuntary += verdict->involuntary;
}

static double add_known(double sum, double part)
{
	return part < 0 ? NAN : sum + part;
}

static void add_counted(struct result_lost *lost, const struct lost_time *round)
{
	lost->counted_run_delay_ns = add_known(lost->counted_run_delay_ns, round->run_delay_ns);
	lost->counted_off_cpu_ns = add_known(lost->counted_off_cpu_ns, lost_time_gap_ns(round));
	lost->counted_steal_ns = add_known(lost->counted_steal_ns, round->steal_ns);
	lost->counted_involuntary = add_known(lost->counted_involuntary, round->involuntary);
}

/* One that is not known may have been hit. */
static void count(struct result *result, const struct lost_round *verdicts)
{
	struct result_lost *lost = &result->lost;
	bool are_all_known = true;

	for (size_t i = 0; i < result->rounds; i++) {
		add_counted(lost, lost->rounds[i]);
		lost->round_lost_ns[i] = verdicts[i].lost_ns;
		are_all_known &= !isnan(verdicts[i].lost_ns);
		if (verdicts[i].is_hit)
			add_hit(lost, &verdicts[i]);
	}
	if (!are_all_known && !(lost->rounds_hit > 0))
		lost->rounds_hit = NAN;
}

struct work {
	struct lost_time *times;               /* of the result's rounds, in their order */
	struct lost_round *verdicts;
	const struct metric_round **totals;
};

static void collect(const struct result *result, struct work *work)
{
	const struct metric_series *metric = result->metric;
	size_t count = 0;

	for (size_t i = 0; i < metric->rounds; i++) {
		if (isnan(metric->round_p50[i]))
			continue;
		work->times[count] = result->series->lost[i];
		result->lost.rounds[count] = &result->series->lost[i];
		work->totals[count++] = &metric->totals[i];
	}
}

static int judge(struct result *result, struct work *work)
{
	int error;

	if (!work->times || !work->verdicts || !work->totals || !result->lost.rounds ||
	    !result->lost.round_lost_ns)
		return -ENOMEM;
	collect(result, work);
	error = lost_rounds_judge(work->times, result->rounds, work->verdicts);
	if (error)
		return error;
	count(result, work->verdicts);
	if (result->lost.rounds_hit > 0)
		compare(result, work->verdicts, work->totals);
	return 0;
}

int summary_set_lost(struct result *result)
{
	size_t room = result->rounds + 1;
	struct work work = {
		.times = calloc(room, sizeof(*work.times)),
		.verdicts = calloc(room, sizeof(*work.verdicts)),
		.totals = calloc(room, sizeof(*work.totals)),
	};
	int error;

	result->lost = (struct result_lost){
		.mean_hit = NAN, .max_hit = NAN, .mean_clean = NAN, .p50_clean = NAN,
		.max_clean = NAN,
		.rounds = calloc(room, sizeof(*result->lost.rounds)),
		.round_lost_ns = calloc(room, sizeof(*result->lost.round_lost_ns)),
	};
	error = judge(result, &work);
	free(work.times);
	free(work.verdicts);
	free(work.totals);
	return error;
}
