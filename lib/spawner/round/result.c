/* SPDX-License-Identifier: MIT */
#include "spawner/round/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of a pair: with more than this share put elsewhere, the rest is a selection. */
#define SELECTED_SHARE 0.5

struct totals {
	double operations, started, seen, creator_home, task_home, elsewhere;
	double nvcsw, nivcsw, minflt, cpu_ns, migrations;
	double begin, end;
};

static void copy_text_failure(struct round *round, const struct round *from)
{
	round_fail(round, (enum round_status)from->status, from->error, from->step, from->reason);
}

static void merge_rounds(const struct spawn_lane *const *lanes, uint32_t count,
			 struct round *round)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct round *lane = &lanes[i]->round;

		round->flags |= lane->flags;
		for (size_t word = 0; word < ROUND_CPUS_MAX / 64; word++)
			round->cpus[word] |= lane->cpus[word];
		if (lane->status != ROUND_MEASURED)
			copy_text_failure(round, lane);
	}
}

/* Proofs of the ballast and figures of the memory: those of the first lane. */
static void copy_extras(const struct round *from, struct round *round)
{
	round->rss_kib = from->rss_kib;
	round->figures_ns = from->figures_ns;
	for (uint32_t i = 0; i < from->proof_count; i++)
		round_add_proof(round, from->proofs[i].name,
				(enum proof_relation)from->proofs[i].relation,
				from->proofs[i].expected, from->proofs[i].observed);
	for (uint32_t i = 0; i < from->figure_count; i++)
		round_add_figure(round, from->figures[i].name, from->figures[i].value);
}

static struct totals add_up(const struct spawn_lane *const *lanes, uint32_t count)
{
	struct totals all = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		const struct spawn_lane *lane = lanes[i];

		all.operations += (double)lane->operations;
		all.started += (double)lane->started;
		all.seen += (double)lane->tasks_seen;
		all.creator_home += (double)lane->creator_at_home;
		all.task_home += (double)lane->task_at_home;
		all.elsewhere += (double)lane->elsewhere;
		all.nvcsw += lane->nvcsw;
		all.nivcsw += lane->nivcsw;
		all.minflt += lane->minflt;
		all.cpu_ns += lane->cpu_ns;
		all.migrations += lane->migrations > 0 ? lane->migrations : 0;
		if (!i || (double)lane->begin < all.begin)
			all.begin = (double)lane->begin;
		if ((double)lane->end > all.end)
			all.end = (double)lane->end;
	}
	return all;
}

static void prove_places(const struct spawn_job *job, bool waits, const struct spawn_lane *first,
			 const struct totals *all, struct round *round)
{
	double recorded = all->operations - all->elsewhere;
	bool is_pinned = job->cpu_a == job->cpu_b || waits;

	if (job->cpu_a < 0 && !job->spread)
		return;
	/* Of a pair the kernel chose: these are the tasks that it put where we asked. */
	if (all->seen > 0)
		round_add_proof(round, "task_on_cpu", PROOF_EQUAL, all->seen, all->task_home);
	/* In batches only one task of each is looked at. */
	round_add_proof(round, "creator_on_cpu", PROOF_EQUAL,
			first->is_batch ? all->seen : recorded, all->creator_home);
	if (is_pinned && first->migrations >= 0)
		round_add_proof(round, "migrations", PROOF_EQUAL, 0, all->migrations);
}

static void prove_tasks(const struct spawner *spawner, bool is_foreign,
			const struct spawn_lane *first,
			const struct totals *all, struct round *round)
{
	unsigned int traits = spawner->about.traits;

	/* A foreign target reports nothing: that it ended well is all there is. */
	if (is_foreign)
		round_add_proof(round, "targets_ended", PROOF_EQUAL, all->operations, all->started);
	else
		round_add_proof(round, "tasks_run", PROOF_EQUAL, all->operations, all->started);
	/* The machine's own count of tasks made, where each operation makes one. */
	if (traits & (SPAWN_PROCESS | SPAWN_THREAD) && !(traits & SPAWN_WAITS) && first->forks >= 0)
		round_add_proof(round, "kernel_forks", PROOF_AT_LEAST,
				(double)first->operations, first->forks);
}

static void tell_figures(const struct spawn_job *job, bool is_seen, const struct totals *all,
			 const struct spawn_lane *first, struct round *round)
{
	double seconds = (all->end - all->begin) * job->ns_per_tick / 1e9;

	round->window_ticks = all->end - all->begin;
	round->core_per_tick = first->core_per_tick;
	if (job->cpu_a != job->cpu_b) {
		round_add_figure(round, "elsewhere_share", all->elsewhere / all->operations);
		if (all->elsewhere > SELECTED_SHARE * all->operations)
			round->flags |= ROUND_SELECTED;
	}
	if (seconds > 0)
		round_add_figure(round, "tasks_per_s", all->operations / seconds);
	/* Of tasks that are not this process's children the kernel tells us nothing. */
	if (!is_seen)
		return;
	round_add_figure(round, "cpu_ns_per_op", all->cpu_ns / all->operations);
	round_add_figure(round, "minflt_per_op", all->minflt / all->operations);
	round_add_figure(round, "switches_per_op",
			 (all->nvcsw + all->nivcsw) / all->operations);
}

/* Several creators on CPUs of their own use more than those of the seat. */
static void tell_lost(const struct spawn_job *job, bool is_seen,
		      const struct spawn_lane *const *lanes, uint32_t count, struct round *round)
{
	for (uint32_t i = 0; i < count; i++)
		lost_time_merge(&round->lost, &lanes[i]->lost);
	round->lost.cpus = job->spread ? 0 : lost_time_cpus(job->cpu_a, job->cpu_b);
	if (!is_seen)
		round->lost.cpu_ns = -1;
}

static int tell_metric(const struct spawn_lane *const *lanes, uint32_t count,
		       enum spawn_metric metric, struct round *round, struct spawn_pairs *pairs)
{
	struct round_series *series = &round->series[round->series_count];
	const struct sample **samples = calloc(count, sizeof(*samples));
	int error;

	if (!samples)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		samples[i] = &lanes[i]->samples[metric];
	memset(series, 0, sizeof(*series));
	strcpy(series->metric, spawn_metric_names[metric]);
	error = sample_describe(samples, count, series, &pairs->of_series[round->series_count]);
	free(samples);
	if (error == -ENODATA)
		return 0;
	if (error)
		return error;
	series->overhead = lanes[0]->overhead[metric];
	series->overhead_spread = lanes[0]->overhead_spread[metric];
	series->cold = lanes[0]->cold[metric];
	/* It was measured alone: the summary will take a batch's overhead off it. */
	if (lanes[0]->is_batch)
		series->cold += series->overhead - lanes[0]->single_overhead;
	round->series_count++;
	return 0;
}

static void tell_series(const struct spawn_lane *const *lanes, uint32_t count,
			struct round *round, struct spawn_pairs *pairs)
{
	int error = 0;

	for (int metric = 0; metric < SPAWN_METRICS && !error; metric++)
		error = tell_metric(lanes, count, (enum spawn_metric)metric, round, pairs);
	if (error == -ERANGE)
		round_fail(round, ROUND_FAILED, 0, "clock",
			   "the counters of two CPUs disagree: a task began before its call");
	else if (error)
		round_fail(round, ROUND_FAILED, error, "samples", "");
}

static bool has_usage(const struct spawn_job *job, const struct spawner *spawner)
{
	bool is_of_others = spawner->about.traits & SPAWN_WAITS &&
			    spawner->about.traits & SPAWN_PROCESS;

	return !is_of_others && !(job->parallel > 1 && !strcmp(job->peer, "thread"));
}

void spawn_result_tell(const struct spawn_job *job, const struct spawner *spawner,
		       const struct spawn_lane *const *lanes, uint32_t count,
		       struct round *round, struct spawn_pairs *ret_pairs)
{
	struct totals all = add_up(lanes, count);

	merge_rounds(lanes, count, round);
	if (round->status == ROUND_MEASURED && all.operations == all.elsewhere)
		round_fail(round, ROUND_FAILED, 0, "placement",
			   "the kernel put not one task on the CPU asked for");
	if (round->status != ROUND_MEASURED)
		return;
	prove_tasks(spawner, spawner->about.traits & SPAWN_EXEC && job->exec[0] == '/', lanes[0],
		    &all, round);
	prove_places(job, spawner->about.traits & SPAWN_WAITS, lanes[0], &all, round);
	tell_figures(job, has_usage(job, spawner), &all, lanes[0], round);
	tell_lost(job, has_usage(job, spawner), lanes, count, round);
	copy_extras(&lanes[0]->round, round);
	tell_series(lanes, count, round, ret_pairs);
}
