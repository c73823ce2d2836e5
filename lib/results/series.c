/* SPDX-License-Identifier: MIT */
#include "results/series.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int append(double **values, size_t count, double value)
{
	double *grown = realloc(*values, (count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*values = grown;
	grown[count] = value;
	return 0;
}

const struct metric_series *series_metric(const struct series *series, const char *name)
{
	for (size_t i = 0; i < series->metric_count; i++)
		if (!strcmp(series->metrics[i].name, name))
			return &series->metrics[i];
	return NULL;
}

/* A metric that first appears now was absent in all rounds before. */
static struct metric_series *metric_for(struct series *series, const struct round_series *from)
{
	struct metric_series *metric =
		(struct metric_series *)series_metric(series, from->metric);

	if (metric)
		return metric;
	if (series->metric_count == ROUND_SERIES_MAX)
		return NULL;
	metric = &series->metrics[series->metric_count];
	if (histogram_init(&metric->histogram))
		return NULL;
	snprintf(metric->name, sizeof(metric->name), "%s", from->metric);
	metric->is_batch = from->is_batch;
	metric->bucket_ticks = from->bucket_ticks;
	metric->min = INFINITY;
	metric->max = -INFINITY;
	series->metric_count++;
	return metric;
}

/* Of the round that comes next; NULL: it has none. */
static int append_totals(struct metric_series *metric, const struct round_series *from)
{
	struct metric_round *grown = realloc(metric->totals,
					     (metric->rounds + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	metric->totals = grown;
	grown[metric->rounds] = from ? (struct metric_round){ from->n, from->sum, from->max }
				     : (struct metric_round){ .n = 0 };
	return 0;
}

/* Brings every metric to one entry a round. */
static int fill_rounds(struct series *series, size_t rounds)
{
	for (size_t i = 0; i < series->metric_count; i++) {
		struct metric_series *metric = &series->metrics[i];

		while (metric->rounds < rounds) {
			int error = append(&metric->round_p50, metric->rounds, NAN);

			if (!error)
				error = append_totals(metric, NULL);
			if (error)
				return error;
			metric->rounds++;
		}
	}
	return 0;
}

static int merge_histogram(struct metric_series *metric, const struct round_series *from,
			   const struct histogram_pair *pairs)
{
	struct histogram one = { 0 };
	int error = histogram_init(&one);

	if (!error)
		error = histogram_decode(&one, pairs, from->bucket_count, NULL);
	if (!error)
		error = histogram_merge(&metric->histogram, &one);
	histogram_done(&one);
	return error;
}

static int add_metric(struct series *series, const struct round_series *from,
		      const struct histogram_pair *pairs)
{
	struct metric_series *metric = metric_for(series, from);
	int error;

	if (!metric)
		return -ENOMEM;
	error = fill_rounds(series, series->rounds);
	if (!error)
		error = append(&metric->round_p50, metric->rounds, from->p50 - from->overhead);
	if (!error)
		error = append_totals(metric, from);
	if (!error)
		error = append(&metric->overheads, metric->valid, from->overhead);
	if (!error)
		error = append(&metric->colds, metric->valid, from->cold);
	if (!error)
		error = merge_histogram(metric, from, pairs);
	if (error)
		return error;
	metric->rounds++;
	metric->valid++;
	metric->n += from->n;
	metric->sum += from->sum;
	metric->min = fmin(metric->min, from->min);
	metric->max = fmax(metric->max, from->max);
	metric->overhead_spread = fmax(metric->overhead_spread, from->overhead_spread);
	return 0;
}

static void add_proof(struct series *series, const struct round_proof *from)
{
	size_t i = 0;

	while (i < series->proof_count && strcmp(series->proofs[i].proof.name, from->name))
		i++;
	if (i == series->proof_count) {
		series->proofs[i].proof = *from;
		series->proof_count++;
	} else {
		series->proofs[i].proof.expected += from->expected;
		series->proofs[i].proof.observed += from->observed;
	}
	if (!round_proof_holds(from)) {
		series->proofs[i].broken++;
		series->proofs[i].worst = *from;
	}
}

static int add_figure(struct series *series, const struct round_figure *from)
{
	size_t i = 0;
	int error;

	while (i < series->figure_count && strcmp(series->figures[i].name, from->name))
		i++;
	if (i == ROUND_FIGURES_MAX)
		return 0;
	if (i == series->figure_count) {
		snprintf(series->figures[i].name, sizeof(series->figures[i].name), "%s",
			 from->name);
		series->figure_count++;
	}
	error = append(&series->figures[i].values, series->figures[i].count, from->value);
	if (!error)
		series->figures[i].count++;
	return error;
}

static void keep_failure(struct series *series, const struct round *round)
{
	if (round->status == ROUND_SKIPPED)
		series->skipped++;
	else if (round->status == ROUND_CONTRADICTED)
		series->invalid++;
	else
		series->failed++;
	memcpy(series->last_step, round->step, sizeof(series->last_step));
	memcpy(series->last_reason, round->reason, sizeof(series->last_reason));
	series->last_error = round->error;
}

static void keep_rest(struct series *series, const struct round *round)
{
	series->flags |= round->flags;
	series->flagged_nowarm += (round->flags & ROUND_NOWARM) != 0;
	series->flagged_nonlinear += (round->flags & ROUND_NONLINEAR) != 0;
	series->flagged_ramp += (round->flags & ROUND_RAMP) != 0;
	for (size_t i = 0; i < ROUND_CPUS_MAX / 64; i++)
		series->cpus[i] |= round->cpus[i];
	if (round->core_per_tick > 0) {
		double speed = round->core_per_tick;

		series->core_least = series->core_least > 0 ? fmin(series->core_least, speed) : speed;
		series->core_most = fmax(series->core_most, speed);
	}
	series->rss_kib = round->rss_kib;
}

static int add_valid(struct series *series, const struct round *round,
		     const struct histogram_pair *const *pairs)
{
	int error = 0;

	series->valid++;
	keep_rest(series, round);
	for (uint32_t i = 0; i < round->series_count && !error; i++)
		error = add_metric(series, &round->series[i], pairs[i]);
	for (uint32_t i = 0; i < round->figure_count && !error; i++)
		error = add_figure(series, &round->figures[i]);
	return error;
}

static int check_histogram(const struct round_series *from, const struct histogram_pair *pairs)
{
	struct histogram one = { 0 };
	int error = histogram_init(&one);

	if (!error)
		error = histogram_decode(&one, pairs, from->bucket_count, NULL);
	histogram_done(&one);
	return error;
}

/* All rounds of a cell are proved alike: a name more than there are places is none of ours. */
static int check_proofs(const struct series *series, const struct round *round)
{
	size_t names = series->proof_count;

	for (uint32_t i = 0; i < round->proof_count; i++) {
		const char *name = round->proofs[i].name;
		bool is_known = false;

		for (size_t j = 0; j < series->proof_count; j++)
			is_known |= !strcmp(series->proofs[j].proof.name, name);
		for (uint32_t j = 0; j < i; j++)
			is_known |= !strcmp(round->proofs[j].name, name);
		names += !is_known;
	}
	return names > ROUND_PROOFS_MAX ? -EBADMSG : 0;
}

/* Before anything is added: a cell has one mode, and histograms must be sound. */
static int check_round(const struct series *series, const struct round *round,
		       const struct histogram_pair *const *pairs)
{
	int error = check_proofs(series, round);

	for (uint32_t i = 0; i < round->series_count && !error; i++) {
		const struct metric_series *metric = series_metric(series, round->series[i].metric);

		if (metric && metric->is_batch != (round->series[i].is_batch != 0))
			return -EBADMSG;
		error = check_histogram(&round->series[i], pairs[i]);
	}
	return error;
}

static void keep_contradiction(struct series *series, const struct round *round)
{
	struct round lost;

	round_init(&lost, round->mechanism);
	round_fail(&lost, ROUND_CONTRADICTED, 0, "worker", "its answer contradicts itself");
	keep_failure(series, &lost);
}

static int end_round(struct series *series, uint64_t preparation, const struct lost_time *lost)
{
	size_t count = series->rounds + 1;
	uint64_t *preparations = realloc(series->preparations, count * sizeof(*preparations));
	struct lost_time *times;

	if (!preparations)
		return -ENOMEM;
	series->preparations = preparations;
	times = realloc(series->lost, count * sizeof(*times));
	if (!times)
		return -ENOMEM;
	series->lost = times;
	preparations[series->rounds] = preparation;
	times[series->rounds++] = *lost;
	return fill_rounds(series, series->rounds);
}

int series_add(struct series *series, const struct round *round,
	       const struct histogram_pair *const *pairs)
{
	int error = round->status == ROUND_MEASURED ? check_round(series, round, pairs) : 0;

	if (error == -ENOMEM)
		return error;
	if (error) {
		keep_contradiction(series, round);
		error = 0;
	} else if (round->status != ROUND_MEASURED) {
		keep_failure(series, round);
	} else {
		bool is_proved = round_is_proved(round);

		for (uint32_t i = 0; i < round->proof_count; i++)
			add_proof(series, &round->proofs[i]);
		if (is_proved)
			error = add_valid(series, round, pairs);
		else
			series->invalid++;
	}
	return error ? error : end_round(series, round->preparation, &round->lost);
}

int series_pass(struct series *series)
{
	struct lost_time none;

	lost_time_init(&none);
	return end_round(series, 0, &none);
}

bool series_had_turn(const struct series *series)
{
	return series->valid || series->failed || series->skipped || series->invalid;
}

void series_leave_out(struct series *series, const char *reason)
{
	series->is_unreached = true;
	snprintf(series->last_reason, sizeof(series->last_reason), "%s", reason);
}

void series_done(struct series *series)
{
	for (size_t i = 0; i < series->metric_count; i++) {
		free(series->metrics[i].round_p50);
		free(series->metrics[i].totals);
		free(series->metrics[i].overheads);
		free(series->metrics[i].colds);
		histogram_done(&series->metrics[i].histogram);
	}
	for (size_t i = 0; i < series->figure_count; i++)
		free(series->figures[i].values);
	free(series->preparations);
	free(series->lost);
	memset(series, 0, sizeof(*series));
}
