/* SPDX-License-Identifier: MIT */
#include "supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedule.h"
#include "stopping.h"
#include "summary.h"
#include "sysfile.h"
#include "worker.h"
#include "worker-job.h"

/* The least that gives an interval at 95 %. */
#define ROUNDS_LEAST 6
#define QUICK_FIRST_LOOK 7
#define DEADLINE_NS 5e9
/* More for some thirty round trips to a far host; one that is gone is seen sooner. */
#define HOST_DEADLINE_NS 15e9
/* Rounds in which the costly figures are taken too. */
#define FIGURE_ROUNDS 3
/* A cell that has failed so often without success is given up. */
#define FAILURES_MOST 3

struct run {
	const struct supervisor *supervisor;
	struct series *series;
	struct worker_answer answer;
	struct stopping stopping;
	size_t *cells, *perm;          /* indices of the cells to measure */
	size_t count;
	uint64_t begin_ns, random;
	double window_ns;
	bool is_host_lost;
};

static uint64_t next_random(struct run *run)
{
	/* splitmix64 (Steele, Lea, Flood 2014): any seed will do. */
	uint64_t z = run->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void shuffle(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		run->perm[i] = i;
	for (size_t i = run->count; i > 1; i--) {
		size_t j = (size_t)(next_random(run) % i), swapped = run->perm[i - 1];

		run->perm[i - 1] = run->perm[j];
		run->perm[j] = swapped;
	}
}

static double elapsed_ns(const struct run *run)
{
	return (double)(clock_raw_ns() - run->begin_ns);
}

static double deadline_ns(const struct run *run, const struct cell *cell)
{
	const struct tool *tool = run->supervisor->plan->options->tool;
	double extra_s = tool->extra_seconds ? tool->extra_seconds(cell) : 0;

	return (run->supervisor->connect ? HOST_DEADLINE_NS : DEADLINE_NS) + 20 * run->window_ns + 1e9 * extra_s;
}

/* The mode of the first valid round is that of all: one cell, one meaning. */
static int batch_of(const struct run *run, size_t cell)
{
	const struct series *series = &run->series[cell];

	return series->metric_count ? series->metrics[0].is_batch : -1;
}

/* Only CPUs that can be taken away have this file. */
static bool is_offline(int cpu)
{
	char path[64];
	int64_t is_online = 1;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return cpu >= 0 && !sysfile_read_integer("", path, &is_online) && !is_online;
}

/* A CPU that has gone is told as such: calls and proofs fail in many ways without it, and
 * where tasks may use either of two, the kernel has all of them use the other one. */
static void blame_cpus(const struct cell *cell, struct round *round)
{
	for (int side = 0; side < 2; side++) {
		int cpu = cell->seat.cpus[side];

		if (!is_offline(cpu))
			continue;
		/* Not skipped: the cell may have other rounds, and then nobody would be told. */
		round->status = ROUND_FAILED;
		round->series_count = 0;
		round->error = 0;
		snprintf(round->step, sizeof(round->step), "placement");
		snprintf(round->reason, sizeof(round->reason),
			 "CPU %d went offline in the middle of the run", cpu);
	}
}

static int add_round(struct run *run, size_t index, struct round *round,
		     const struct histogram_pair *const *pairs)
{
	const struct supervisor *supervisor = run->supervisor;
	int error;

	blame_cpus(&supervisor->plan->cells[index], round);
	error = series_add(&run->series[index], round, pairs);
	run->is_host_lost |= (round->flags & ROUND_HOST_LOST) != 0;
	if (supervisor->tell_loss &&
	    (round->status != ROUND_MEASURED || !round_is_proved(round)))
		supervisor->tell_loss(supervisor->context, &supervisor->plan->cells[index], round);
	return error;
}

static int add_answer(struct run *run, size_t index, struct round *failure)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct round round;
	long taken;

	if (failure->status == ROUND_MEASURED) {
		taken = round_parse(run->answer.buffer, run->answer.bytes, &round, pairs);
		if (taken > 0 && (size_t)taken == run->answer.bytes)
			return add_round(run, index, &round, pairs);
		round_fail(failure, ROUND_FAILED, 0, "worker", "the worker's answer is garbage");
	}
	return add_round(run, index, failure, pairs);
}

/* Figures that take long are taken once. */
static bool wants_figures(const struct run *run, size_t index)
{
	const struct tool *tool = run->supervisor->plan->options->tool;
	const struct cell *cell = &run->supervisor->plan->cells[index];
	bool is_costly = run->supervisor->plan->options->mode == MODE_QUICK ||
			 (tool->extra_seconds && tool->extra_seconds(cell) > 1);

	return run->series[index].valid < (is_costly ? 1 : FIGURE_ROUNDS);
}

static int run_cell(struct run *run, size_t index, size_t round)
{
	const struct supervisor *supervisor = run->supervisor;
	const struct cell *cell = &supervisor->plan->cells[index];
	struct worker_job job = {
		.plan = supervisor->plan,
		.cell = cell,
		.clock = supervisor->clock,
		.seed = next_random(run),
		.round = round,
		.window_ns = run->window_ns,
		.batch = batch_of(run, index),
		.with_figures = wants_figures(run, index),
		.connect = supervisor->connect,
		.fixture = supervisor->fixture,
		.control_fd = supervisor->control_fd,
		.ack_fd = supervisor->ack_fd,
	};
	struct worker_order order = {
		.path = supervisor->worker_path,
		.mechanism = cell->mechanism->name,
		.seat = cell->is_spread ? NULL : &cell->seat,
		.memory = cell->memory,
		.sched = supervisor->sched,
		.padding_bytes = (unsigned int)(next_random(run) % 4096),
		.control_fd = supervisor->control_fd,
		.ack_fd = supervisor->ack_fd,
		.deadline_ns = deadline_ns(run, cell),
		.run_guard = supervisor->run_guard,
		.signal = supervisor->signal,
	};
	struct round failure;
	char **argv = worker_job_arguments(&job, supervisor->worker_path);
	int error;

	if (!argv)
		return -ENOMEM;
	order.argv = argv;
	error = worker_run(&order, &run->answer, &failure);
	worker_job_free(argv);
	if (!error)
		error = add_answer(run, index, &failure);
	return !error && run->is_host_lost ? -EHOSTDOWN : error;
}

/* What cannot run here will not in the next round either. */
static bool is_given_up(const struct series *series)
{
	return !series->valid &&
	       (series->skipped || series->failed + series->invalid >= FAILURES_MOST);
}

/*
 * A budget that nobody named is stretched, to twice at most, until there are
 * rounds enough for an interval.
 */
static bool is_over(const struct run *run, size_t rounds)
{
	const struct options *options = run->supervisor->plan->options;
	bool may_stretch = !options->has_budget && rounds < ROUNDS_LEAST;

	return !options->rounds && elapsed_ns(run) > (may_stretch ? 2 : 1) * options->budget_ns;
}

static void tell_progress(struct run *run, size_t round, size_t cell)
{
	const struct supervisor *supervisor = run->supervisor;
	struct progress progress = { round, cell, run->count, elapsed_ns(run) / 1e9 };

	if (supervisor->tell_progress)
		supervisor->tell_progress(supervisor->context, &progress);
}

/* Cells whose turn did not come are passed over, so that rounds stay paired. */
static int pass_rest(struct run *run, size_t round)
{
	int error = 0;

	for (size_t i = 0; i < run->count && !error; i++)
		if (run->series[run->cells[i]].rounds == round)
			error = series_pass(&run->series[run->cells[i]]);
	return error;
}

static int run_round(struct run *run, size_t round)
{
	int error = 0;

	if (round % run->count == 0)
		shuffle(run);
	for (size_t slot = 0; slot < run->count && !error; slot++) {
		size_t index = run->cells[schedule_slot(run->perm, run->count, round, slot)];

		if (is_given_up(&run->series[index]))
			continue;
		if (is_over(run, round))
			break;
		tell_progress(run, round, slot);
		error = run_cell(run, index, round);
	}
	return error == -ENOMEM ? error : pass_rest(run, round) ? -ENOMEM : error;
}

static bool is_cell_met(const struct run *run, size_t index)
{
	const struct plan *plan = run->supervisor->plan;
	struct interval interval;

	if (is_given_up(&run->series[index]))
		return true;
	interval = summary_headline(plan, &run->series[index]);
	return stopping_is_met(&interval, plan->options->precision);
}

static bool is_precise(struct run *run, size_t rounds)
{
	bool are_all_met = true;

	if (!stopping_is_look(&run->stopping, rounds))
		return false;
	for (size_t i = 0; i < run->count && are_all_met; i++)
		are_all_met = is_cell_met(run, run->cells[i]);
	stopping_judge(&run->stopping, are_all_met);
	return stopping_is_done(&run->stopping);
}

static bool is_finished(struct run *run, size_t rounds)
{
	const struct options *options = run->supervisor->plan->options;

	if (options->rounds)
		return rounds >= options->rounds;
	return is_over(run, rounds) || is_precise(run, rounds);
}

static int run_rounds(struct run *run)
{
	size_t round = 0;
	int error;

	do
		error = run_round(run, round++);
	while (!error && !is_finished(run, round));
	return error;
}

static int collect_cells(struct run *run)
{
	const struct plan *plan = run->supervisor->plan;

	run->cells = calloc(plan->count + 1, sizeof(*run->cells));
	run->perm = calloc(plan->count + 1, sizeof(*run->perm));
	if (!run->cells || !run->perm)
		return -ENOMEM;
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->cells[i].skip)
			run->cells[run->count++] = i;
	return 0;
}

int supervisor_run(const struct supervisor *supervisor, struct series *series)
{
	const struct options *options = supervisor->plan->options;
	bool is_quick = options->mode == MODE_QUICK;
	struct run run = {
		.supervisor = supervisor,
		.series = series,
		.begin_ns = clock_raw_ns(),
		.random = supervisor->seed,
		.window_ns = schedule_window_ns(supervisor->plan),
	};
	int error = collect_cells(&run);

	stopping_init(&run.stopping, options->precision, is_quick ? 1 : STOPPING_LOOKS_NEEDED,
		      is_quick ? QUICK_FIRST_LOOK : STOPPING_FIRST_LOOK);
	if (!error && run.count)
		error = run_rounds(&run);
	worker_answer_free(&run.answer);
	free(run.cells);
	free(run.perm);
	return error;
}
