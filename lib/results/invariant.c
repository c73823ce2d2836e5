/* SPDX-License-Identifier: MIT */
#include "results/invariant.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "kernel/task-usage.h"
#include "plan/tool.h"

/* What edges and looks add to one side and not to the other. */
#define SLACK 0.05
/* The rest may have been dearer. */
#define SLACK_OF_PART 0.5
/* What both sides may need while counters are read at the window's edges. */
#define EDGES_NS 1e6
/* One that had just begun at the first edge, and one that was nearly over at the last. */
#define CLOCK_STEPS 2

/* Which figure is the rate of which series, and how many of it are under way. */
static const struct rate {
	const char *figure, *metric;
	const char *parameter;     /* so many at most; NULL: exactly one */
	bool is_of_part;
} rates[] = {
	{ "messages_per_s", "transfer", NULL, false },
	{ "requests_per_s", "interval", NULL, true },
	{ "tasks_per_s", "life", "parallel", false },
};

void invariant_prove(const struct invariant_facts *facts, struct round *round)
{
	double wall_ns = fmax(1e9 / facts->rate_per_s, facts->run_ns), by_mean;
	double unsure_ns = EDGES_NS + CLOCK_STEPS * facts->cpu_step_ns * fmax(facts->cpus, 1);
	double edges_ns = facts->operations > 0 ? unsure_ns / facts->operations : 0;
	double slack = facts->is_of_part ? SLACK_OF_PART : SLACK;

	if (!(facts->rate_per_s > 0))
		return;
	if (facts->cpu_ns > 0 && facts->cpus > 0)
		round_add_proof(round, "wall_ns", PROOF_AT_LEAST,
				(1 - slack) * (facts->cpu_ns - edges_ns) / facts->cpus, wall_ns);
	if (!(facts->mean_ns > 0 && facts->under_way > 0))
		return;
	by_mean = 1e9 * facts->under_way / facts->mean_ns;
	/* A share of 1, whichever of the two is the larger. */
	round_add_proof(round, "rate_of_mean", PROOF_AT_LEAST, 1 - SLACK,
			facts->is_at_most ? fmin(by_mean / facts->rate_per_s, 1)
					  : fmin(by_mean, facts->rate_per_s) /
					    fmax(by_mean, facts->rate_per_s));
}

static double figure_of(const struct round *round, const char *name)
{
	for (uint32_t i = 0; i < round->figure_count; i++)
		if (!strcmp(round->figures[i].name, name))
			return round->figures[i].value;
	return NAN;
}

static const struct round_series *series_of(const struct round *round, const char *metric)
{
	for (uint32_t i = 0; i < round->series_count; i++)
		if (!strcmp(round->series[i].metric, metric) && round->series[i].n)
			return &round->series[i];
	return NULL;
}

static double mean_ticks(const struct round_series *series)
{
	return series ? series->sum / (double)series->n - series->overhead : NAN;
}

/* Of tasks that the kernel put elsewhere the rate knows, but no series. */
static bool is_selected(const struct round *round)
{
	return figure_of(round, "elsewhere_share") > 0;
}

/* Who floats, or has several creators, may be on any CPU; of another host we know none. */
static double cpus_of(const struct cell *cell, double tasks)
{
	const struct seat *seat = &cell->seat;

	if (cell->connect_word)
		return NAN;
	if (seat->is_float || seat->cpus[0] < 0 || tasks > 1)
		return (double)sysconf(_SC_NPROCESSORS_ONLN);
	return seat->cpus[0] == seat->cpus[1] ? 1 : 2;
}

/* From the first request's begin to the last one's end, of each; 0: not told. */
static double run_ns_of(const struct round *round, double ns_per_tick)
{
	for (uint32_t i = 0; i < round->proof_count; i++)
		if (!strcmp(round->proofs[i].name, "completions") && round->proofs[i].observed > 0)
			return round->window_ticks * ns_per_tick / round->proofs[i].observed;
	return 0;
}

/* Of a parameter that does not apply there is one. */
static double number_of(const struct tool *tool, const struct cell *cell, const char *name)
{
	int index = name ? plan_parameter(tool, name) : -1;

	return index >= 0 && cell->values[index].applies ? (double)cell->values[index].number : 1;
}

void invariant_prove_round(const struct plan *plan, const struct cell *cell, double ns_per_tick,
			   struct round *round)
{
	const struct tool *tool = plan->options->tool;

	if (round->status != ROUND_MEASURED)
		return;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		const struct round_series *series = series_of(round, rates[i].metric);
		double under_way = number_of(tool, cell, rates[i].parameter);
		const struct invariant_facts facts = {
			.rate_per_s = figure_of(round, rates[i].figure),
			.mean_ns = is_selected(round) ? NAN
						      : mean_ticks(series) * ns_per_tick,
			.under_way = under_way,
			.is_at_most = rates[i].parameter,
			.cpu_ns = figure_of(round, "cpu_ns_per_op"),
			.cpus = cpus_of(cell, under_way),
			/* At a rate of its own there is another series, or none. */
			.is_of_part = rates[i].is_of_part || !series,
			.operations = series ? (double)series->n : 0,
			.cpu_step_ns = task_cpu_step_ns(),
			.run_ns = rates[i].is_of_part ? run_ns_of(round, ns_per_tick) : 0,
		};

		invariant_prove(&facts, round);
	}
}
