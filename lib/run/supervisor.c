/* SPDX-License-Identifier: MIT */
#include "run/supervisor.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/random.h>

#include "plan/schedule.h"
#include "results/invariant.h"
#include "results/summary.h"
#include "run/answer.h"
#include "run/job.h"
#include "run/memory-kill.h"
#include "run/offline.h"
#include "run/reference-turn.h"
#include "run/run.h"
#include "run/share-turn.h"
#include "run/unreached.h"
#include "statistics/shuffle.h"

#define QUICK_FIRST_LOOK 7
/* Rounds in which the costly figures are taken too. */
#define FIGURE_ROUNDS 3

/* By the plan; else the mode of the first valid round is that of all: one cell, one meaning. */
static int batch_of(const struct run *run, size_t cell)
{
	const struct plan *plan = run->supervisor->plan;
	const struct series *series = &run->series[cell];

	if (plan->options->tool->is_batched)
		return plan->options->tool->is_batched(&plan->cells[cell]);
	return series->metric_count ? series->metrics[0].is_batch : -1;
}

int run_add_round(struct run *run, size_t index, struct round *round,
		     const struct histogram_pair *const *pairs)
{
	const struct supervisor *supervisor = run->supervisor;
	const struct cell *cell = &supervisor->plan->cells[index];
	int error;

	round->flags |= run->concurrent->count > 1 ? ROUND_CONCURRENT : 0;
	round->flags |= run->has_stood_still ? ROUND_STOPPED : 0;
	memory_kill_blame(&run->memory_kill, round);
	offline_blame(&cell->seat, round);
	invariant_prove_round(supervisor->plan, cell, supervisor->clock.ns_per_tick, round);
	error = series_add(&run->series[index], round, pairs);
	run->is_host_lost |= (round->flags & ROUND_HOST_LOST) != 0;
	if (supervisor->tell_loss && (round->status != ROUND_MEASURED || !round_is_proved(round)))
		supervisor->tell_loss(supervisor->context, cell, round);
	return error;
}

/* Figures that take long are taken once. */
static bool wants_figures(const struct run *run, size_t index)
{
	const struct tool *tool = run->supervisor->plan->options->tool;
	const struct cell *cell = &run->supervisor->plan->cells[index];
	bool is_costly = run->supervisor->plan->options->mode == MODE_QUICK ||
			 (tool->extra_seconds && tool->extra_seconds(cell) > 1);

	/* Some are in the counts of the whole machine: not beside others. */
	return run->concurrent->count == 1 &&
	       run->series[index].valid < (is_costly ? 1 : FIGURE_ROUNDS);
}

/* Not of the run's seed: what was answered in another run of that seed is none of this one. */
uint64_t run_fresh_nonce(void)
{
	uint64_t nonce = 0;

	if (getrandom(&nonce, sizeof(nonce), GRND_NONBLOCK) != sizeof(nonce))
		nonce = clock_raw_ns();
	return nonce;
}

char **run_job_of(struct run *run, size_t index, size_t round, const struct share_turn *turn,
		  const char *path)
{
	const struct supervisor *supervisor = run->supervisor;
	struct worker_job job = {
		.plan = supervisor->plan,
		.cell = &supervisor->plan->cells[index],
		.clock = supervisor->clock,
		.nonce = run_fresh_nonce(),
		.seed = shuffle_next(&run->random),
		.round = round,
		.window_ns = run->window_ns,
		.ramp_ns = schedule_has_ramp(supervisor->plan, &supervisor->plan->cells[index]) ?
				   run->ramp_ns : 0,
		.batch = batch_of(run, index),
		/* Of several rounds that are ordered at once, the first. */
		.with_figures = wants_figures(run, index) && round == run->series[index].rounds,
		.is_concurrent = run->concurrent->count > 1,
		.connect = supervisor->connect,
		.shared_input = supervisor->shared_input,
		.control_fd = supervisor->control_fd,
		.ack_fd = supervisor->ack_fd,
	};

	if (turn) {
		job.share_rounds = turn->rounds;
		job.share_ns = isfinite(turn->budget_s) ? 1e9 * turn->budget_s : 0;
		job.patience_ns = run_deadline_ns(run, job.cell);
	}
	return worker_job_arguments(&job, path);
}

struct worker_order run_order_of(struct run *run, size_t index, char **arguments)
{
	const struct supervisor *supervisor = run->supervisor;
	const struct cell *cell = &supervisor->plan->cells[index];

	return (struct worker_order){
		.path = supervisor->worker_path,
		.argv = arguments,
		.kind = supervisor->plan->options->tool->job,
		.traits = cell->mechanism->traits,
		.ns_per_tick = supervisor->clock.ns_per_tick,
		.mechanism = cell->mechanism->name,
		.seat = cell->is_spread ? NULL : &cell->seat,
		.memory = cell->memory,
		.sched = supervisor->sched,
		.padding_bytes = (unsigned int)(shuffle_next(&run->random) % 4096),
		.control_fd = supervisor->control_fd,
		.ack_fd = supervisor->ack_fd,
		.deadline_ns = run_deadline_ns(run, cell),
		.signal = supervisor->signal,
		.standstill = supervisor->standstill,
	};
}

static int run_workers(struct run *run, size_t round)
{
	struct concurrent_cells *concurrent = run->concurrent;
	uint32_t before = run->supervisor->standstill->count;
	int error = 0;

	for (size_t i = 0; i < concurrent->count; i++) {
		char **arguments = run_job_of(run, concurrent->cells[i], round, NULL,
					      run->supervisor->worker_path);

		concurrent->arguments[i] = arguments;
		concurrent->orders[i] = run_order_of(run, concurrent->cells[i], arguments);
		if (!arguments)
			error = -ENOMEM;
	}
	if (!error)
		error = worker_run_all(concurrent->orders, concurrent->count, concurrent->answers,
				       concurrent->failures);
	run->has_stood_still = run->supervisor->standstill->count != before;
	return error;
}

static void free_arguments(struct concurrent_cells *concurrent)
{
	for (size_t i = 0; i < concurrent->count; i++)
		worker_job_free(concurrent->arguments[i]);
}

/*
 * The answers into the cells' series.  What a cell had to skip beside others may have been taken
 * by the others, memory and names and tasks: it is told in ret_again, *ret_count of them.
 * After a signal (error) only those who had ended have an answer.
 */
static int add_answers(struct run *run, int error, size_t *ret_again, size_t *ret_count)
{
	struct concurrent_cells *concurrent = run->concurrent;
	int added = 0;

	for (size_t i = 0; i < concurrent->count && !added; i++) {
		const struct round *failure = &concurrent->failures[i];
		const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
		struct round round;

		if (error && failure->status != ROUND_MEASURED)
			continue;
		worker_answer_read(&concurrent->orders[i], &concurrent->answers[i], failure, &round, pairs);
		if (concurrent->count > 1 && round.status == ROUND_SKIPPED)
			ret_again[(*ret_count)++] = concurrent->cells[i];
		else
			added = run_add_round(run, concurrent->cells[i], &round, pairs);
	}
	return added ? added : error;
}

static int run_turn(struct run *run, size_t round, size_t *ret_again, size_t *ret_count)
{
	int error = run_workers(run, round);

	if (!error || error == -EINTR)
		error = add_answers(run, error, ret_again, ret_count);
	free_arguments(run->concurrent);
	return error;
}

/* A worker for each of the concurrent cells; then, one by one, those who need to be alone. */
static int run_concurrent(struct run *run, size_t round)
{
	struct concurrent_cells *concurrent = run->concurrent;
	size_t again[CONCURRENT_MOST], count = 0, ignored = 0;
	int error = run_turn(run, round, again, &count);

	for (size_t i = 0; i < count && !error; i++) {
		concurrent->count = 1;
		concurrent->cells[0] = again[i];
		error = run_turn(run, round, NULL, &ignored);
	}
	return !error && run->is_host_lost ? -EHOSTDOWN : error;
}

static bool is_over(const struct run *run, size_t rounds)
{
	return run_left_s(run, rounds) < 0;
}

/* One turn there is at least: what comes before it may have taken all of a small budget. */
static bool may_begin(const struct run *run, size_t round)
{
	return !run->turns_cells || !is_over(run, round);
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

/* Whose turns come in this round, in their order. */
static void line_up(struct run *run, size_t round)
{
	struct concurrent_line *line = &run->line;

	line->begin = line->end = 0;
	for (size_t slot = 0; slot < run->count; slot++) {
		size_t index = run->cells[schedule_slot(run->perm, run->count, round, slot)];

		if (!run_is_given_up(&run->series[index]) &&
		    !run->supervisor->plan->cells[index].share)
			line->cells[line->end++] = index;
	}
}

static int run_round(struct run *run, size_t round)
{
	const struct plan *plan = run->supervisor->plan;
	struct concurrent_cells *concurrent = run->concurrent;
	size_t done = 0, taken;
	int error;

	if (round % run->count == 0)
		shuffle_indices(&run->random, run->perm, run->count);
	line_up(run, round);
	run->turns = 0;
	error = is_over(run, round) ? 0 : reference_turn_run(run, round);
	while (run->line.begin < run->line.end && !error && may_begin(run, round)) {
		double begin_s = run_elapsed_ns(run) / 1e9;

		run_tell_progress(run, round, done);
		concurrent->count = concurrent_take(plan, &run->line, concurrent->cells);
		taken = concurrent->count;
		done += taken;
		error = run_concurrent(run, round);
		run->alone_s = run_elapsed_ns(run) / 1e9 - begin_s;
		run->turns_s += run->alone_s;
		run->turns_cells += taken;
		run->turns++;
	}
	if (!error)
		error = share_turns_run(run, round);
	return error == -ENOMEM ? error : pass_rest(run, round) ? -ENOMEM : error;
}

/* Of cells that are given up, and of yardsticks, nothing is waited for. */
static bool is_cell_met(const struct run *run, size_t index)
{
	const struct plan *plan = run->supervisor->plan;
	struct interval interval;

	if (run_is_given_up(&run->series[index]) ||
	    plan_is_yardstick(plan->cells[index].mechanism))
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
	return !run->turns || is_over(run, rounds) || is_precise(run, rounds);
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
	run->concurrent = calloc(1, sizeof(*run->concurrent));
	if (!run->cells || !run->perm || !run->concurrent || !run->shares ||
	    concurrent_line_init(&run->line, plan))
		return -ENOMEM;
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->cells[i].skip)
			run->cells[run->count++] = i;
	return 0;
}

static void free_run(struct run *run)
{
	for (size_t i = 0; run->concurrent && i < CONCURRENT_MOST; i++)
		worker_answer_free(&run->concurrent->answers[i]);
	worker_answer_free(&run->reference_answer);
	free(run->concurrent);
	free(run->cells);
	free(run->perm);
	free(run->shares);
	concurrent_line_done(&run->line);
}

int supervisor_run(const struct supervisor *supervisor, struct series *series)
{
	const struct options *options = supervisor->plan->options;
	bool is_quick = options->mode == MODE_QUICK;
	struct run run = {
		.supervisor = supervisor,
		.series = series,
		.budget = { clock_raw_ns(), supervisor->standstill },
		.random = supervisor->seed,
		.window_ns = schedule_window_ns(supervisor->plan),
		.ramp_ns = schedule_ramp_ns(supervisor->plan),
		.shares = share_states_make(supervisor->plan),
	};
	int error = collect_cells(&run);

	standstill_begin(run.budget.begin_ns, supervisor->standstill);
	memory_kill_begin("", &run.memory_kill);
	stopping_init(&run.stopping, options->precision, is_quick ? 1 : STOPPING_LOOKS_NEEDED,
		      is_quick ? QUICK_FIRST_LOOK : STOPPING_FIRST_LOOK);
	if (!error && run.count)
		error = run_rounds(&run);
	if (!error)
		unreached_tell(&run);
	free_run(&run);
	return error;
}
