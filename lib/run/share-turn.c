/* SPDX-License-Identifier: MIT */
#include "run/share-turn.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/job.h"
#include "plan/share.h"
#include "run/answer.h"
#include "run/job.h"
#include "statistics/shuffle.h"

/* Rounds that one preparation serves at most. */
#define ROUNDS_MOST SHARE_ROUNDS_LEAST
/* Of cells without a share, which are cheap: fewer may resemble each other too much. */
#define OTHERS_ROUNDS_GOOD 24
/* For preparing, beside a window's own deadline: half a minute a GiB, and some to begin. */
#define PREPARE_DEADLINE_NS_PER_BYTE 28.0
#define PREPARE_DEADLINE_NS 10e9

struct window {
	size_t cell, round;
};

/* A share's turn: its cells, and the windows of its worker in their order. */
struct share_order {
	size_t share;
	size_t *cells, count;
	struct window *windows;
	size_t window_count;
	char ***jobs, **arguments;     /* of each window; of the worker, words of the jobs' */
	struct worker_order worker;
	struct share_turn turn;
	bool was_interrupted;          /* by a signal to us: what lacks is no loss */
};

/* Of a turn: what was prepared, and figures that later rounds do not take. */
struct share_times {
	double prepared_s, figures_s;
};

struct share_state *share_states_make(const struct plan *plan)
{
	struct share_state *shares = calloc(plan->share_count + 1, sizeof(*shares));

	for (size_t i = 0; shares && plan->share_costs && i < plan->share_count; i++) {
		shares[i].prepare_s = plan->share_costs[i + 1].prepare_s;
		shares[i].round_s = plan->share_costs[i + 1].round_s;
	}
	return shares;
}

/* What cells without a share still need for so many rounds. */
static double others_need_s(const struct run *run, size_t wanted)
{
	const struct plan *plan = run->supervisor->plan;
	double rounds = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct series *series = &run->series[run->cells[i]];

		if (!plan->cells[run->cells[i]].share && !run_is_given_up(series) &&
		    series->rounds < wanted)
			rounds += (double)(wanted - series->rounds);
	}
	return rounds * run->alone_s;
}

/*
 * Enough for an interval; and for a good one, where that does not cost the shares much, and
 * not before this share has one.
 */
static double others_reserve_s(const struct run *run, size_t share, double left_s)
{
	double least_s = others_need_s(run, SHARE_ROUNDS_LEAST);

	if (run->shares[share - 1].rounds < SHARE_ROUNDS_LEAST)
		return least_s;
	return fmax(least_s, fmin(others_need_s(run, OTHERS_ROUNDS_GOOD), left_s / 4));
}

static struct share_turn turn_of(struct run *run, size_t share, size_t round)
{
	const struct options *options = run->supervisor->plan->options;
	double left_s = run_left_s(run, round);

	if (options->rounds)
		return (struct share_turn){ options->rounds - round, INFINITY };
	return share_budget(run->shares, run->supervisor->plan->share_count, share - 1,
			    left_s - others_reserve_s(run, share, left_s));
}

static void collect_cells(const struct run *run, struct share_order *order)
{
	const struct plan *plan = run->supervisor->plan;

	for (size_t i = 0; i < run->count; i++)
		if (plan->cells[run->cells[i]].share == order->share &&
		    !run_is_given_up(&run->series[run->cells[i]]))
			order->cells[order->count++] = run->cells[i];
}

/* With no limit each round has a preparation of its own: then one is enough. */
static size_t rounds_ordered(const struct share_turn *turn)
{
	if (!isfinite(turn->budget_s))
		return 1;
	return turn->rounds < ROUNDS_MOST ? turn->rounds : ROUNDS_MOST;
}

/* In each round the cells in an order of its own. */
static int order_windows(struct run *run, struct share_order *order, size_t round)
{
	size_t rounds = rounds_ordered(&order->turn), *perm = calloc(order->count + 1, sizeof(*perm));

	order->windows = calloc(rounds * order->count + 1, sizeof(*order->windows));
	if (!perm || !order->windows) {
		free(perm);
		return -ENOMEM;
	}
	for (size_t r = 0; r < rounds; r++) {
		shuffle_indices(&run->random, perm, order->count);
		for (size_t i = 0; i < order->count; i++)
			order->windows[order->window_count++] =
				(struct window){ order->cells[perm[i]], round + r };
	}
	free(perm);
	return 0;
}

/* Each window's own arguments, and those of the worker of all.  0 or -ENOMEM. */
static int make_arguments(struct run *run, struct share_order *order)
{
	order->jobs = calloc(order->window_count + 1, sizeof(*order->jobs));
	for (size_t i = 0; order->jobs && i < order->window_count; i++)
		order->jobs[i] = run_job_of(run, order->windows[i].cell, order->windows[i].round,
					    &order->turn,
					    i ? JOB_NEXT : run->supervisor->worker_path);
	order->arguments = order->jobs ? worker_job_join(order->jobs, order->window_count) : NULL;
	return order->arguments ? 0 : -ENOMEM;
}

static double share_deadline_ns(const struct run *run, const struct share_order *order)
{
	const struct plan *plan = run->supervisor->plan;
	const struct cell *cell = &plan->cells[order->cells[0]];
	double bytes = plan->share_costs ? plan->share_costs[order->share].memory_bytes : 0;

	return PREPARE_DEADLINE_NS + PREPARE_DEADLINE_NS_PER_BYTE * bytes +
	       (double)order->window_count * run_deadline_ns(run, cell);
}

/* Of the answer the part that is the next window's; 0 bytes: it is not whole. */
static struct worker_answer part_of(const struct worker_answer *answer, size_t at)
{
	struct worker_answer part = *answer;
	struct round ignored;
	size_t end = at;

	if (at >= answer->bytes || worker_answer_next(answer, &end, &ignored))
		end = at;
	part.buffer = (char *)answer->buffer + at;
	part.bytes = end - at;
	return part;
}

/* Held against the window's own job, as any answer is. */
static int add_window(struct run *run, const struct share_order *order, size_t i,
		      const struct worker_answer *part, struct share_times *times)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct worker_order own = order->worker;
	struct round none, round;

	own.argv = order->jobs[i];
	own.mechanism = run->supervisor->plan->cells[order->windows[i].cell].mechanism->name;
	own.traits = run->supervisor->plan->cells[order->windows[i].cell].mechanism->traits;
	round_init(&none, own.mechanism);
	worker_answer_read(&own, part, &none, &round, pairs);
	times->prepared_s = fmax(times->prepared_s, round.prepared_ns / 1e9);
	times->figures_s += round.figures_ns / 1e9;
	round.preparation = run->preparations;
	return run_add_round(run, order->windows[i].cell, &round, pairs);
}

/* All whole rounds of the answer, and what they say of their times; *ret_bytes of it. */
static int add_windows(struct run *run, const struct share_order *order,
		       const struct worker_answer *answer, size_t *ret_added, size_t *ret_bytes,
		       struct share_times *times)
{
	struct worker_answer part = part_of(answer, 0);
	int error = 0;

	*ret_bytes = 0;
	for (*ret_added = 0; !error && part.bytes && *ret_added < order->window_count;) {
		error = add_window(run, order, (*ret_added)++, &part, times);
		*ret_bytes += part.bytes;
		part = part_of(answer, *ret_bytes);
	}
	return error;
}

/*
 * A worker that ended before its time: the rest of the round it was in is lost.  If it
 * has answered all, its last window is.
 */
static int add_loss(struct run *run, const struct share_order *order, size_t first,
		    struct round *failure)
{
	const struct window *windows = order->windows;
	int error = 0;

	if (first == order->window_count)
		first--;
	for (size_t i = first; !error && i < order->window_count &&
			       windows[i].round == windows[first].round; i++) {
		snprintf(failure->mechanism, sizeof(failure->mechanism), "%s",
			 run->supervisor->plan->cells[windows[i].cell].mechanism->name);
		error = run_add_round(run, windows[i].cell, failure, NULL);
	}
	return error;
}

/* Cells with fewer values than others of their share are passed over, to stay paired. */
static int level(struct run *run, const struct share_order *order, size_t *ret_rounds)
{
	size_t most = 0;
	int error = 0;

	for (size_t i = 0; i < order->count; i++)
		if (run->series[order->cells[i]].rounds > most)
			most = run->series[order->cells[i]].rounds;
	for (size_t i = 0; i < run->count && !error; i++) {
		struct series *series = &run->series[run->cells[i]];

		if (run->supervisor->plan->cells[run->cells[i]].share == order->share)
			while (series->rounds < most && !error)
				error = series_pass(series);
	}
	*ret_rounds = most;
	return error;
}

static int take_answer(struct run *run, const struct share_order *order, double took_s,
		       const struct worker_answer *answer, struct round *failure)
{
	struct share_state *state = &run->shares[order->share - 1];
	size_t added = 0, bytes, rounds, before = run->series[order->cells[0]].rounds;
	struct share_times times = { 0 };
	int error = add_windows(run, order, answer, &added, &bytes, &times);

	if (failure->status == ROUND_MEASURED && bytes != answer->bytes)
		round_fail(failure, ROUND_FAILED, 0, "worker", "the worker's answer is garbage");
	if (!error && failure->status != ROUND_MEASURED && !order->was_interrupted)
		error = add_loss(run, order, added, failure);
	if (!error)
		error = level(run, order, &rounds);
	if (error)
		return error;
	if (times.prepared_s > 0 && rounds > before)
		share_learn(run->shares, run->supervisor->plan->share_count, order->share - 1,
			    times.prepared_s,
			    fmax(0, took_s - times.prepared_s - times.figures_s) /
				    (double)(rounds - before));
	state->rounds = rounds;
	return 0;
}

static int run_order(struct run *run, struct share_order *order)
{
	double begin_ns = run_elapsed_ns(run);
	uint32_t before = run->supervisor->standstill->count;
	int error, failed;

	run->concurrent->count = 1;
	run->preparations++;
	if (make_arguments(run, order))
		return -ENOMEM;
	order->worker = run_order_of(run, order->cells[0], order->arguments);
	order->worker.deadline_ns = share_deadline_ns(run, order);
	error = worker_run(&order->worker, &run->concurrent->answers[0], &run->concurrent->failures[0]);
	order->was_interrupted = error == -EINTR;
	run->has_stood_still = run->supervisor->standstill->count != before;
	/* After a signal, what is whole stands, and was there until now. */
	if (!run->concurrent->answers[0].end.ticks)
		clock_mark(CLOCK_GETTIME, &run->concurrent->answers[0].end);
	failed = take_answer(run, order, (run_elapsed_ns(run) - begin_ns) / 1e9,
			     &run->concurrent->answers[0], &run->concurrent->failures[0]);
	return error ? error : failed;
}

static void free_order(struct share_order *order)
{
	for (size_t i = 0; order->jobs && i < order->window_count; i++)
		worker_job_free(order->jobs[i]);
	free(order->jobs);
	free(order->arguments);
	free(order->windows);
	free(order->cells);
}

static int run_turn(struct run *run, size_t share, size_t round)
{
	struct share_order order = { .share = share, .turn = turn_of(run, share, round) };
	int error = 0;

	if (!order.turn.rounds)
		return 0;
	order.cells = calloc(run->count, sizeof(*order.cells));
	if (!order.cells)
		return -ENOMEM;
	collect_cells(run, &order);
	run->shares[share - 1].is_over = !order.count;
	if (order.count) {
		error = order_windows(run, &order, round);
		if (!error)
			error = run_order(run, &order);
		run->turns++;
	}
	free_order(&order);
	return error;
}

/* At first by what they seem to cost, so that the cheap ones teach what the dear ones will. */
static void sort_by_cost(const struct run *run, size_t *shares, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0; j--) {
			const struct share_state *a = &run->shares[shares[j - 1]];
			const struct share_state *b = &run->shares[shares[j]];
			size_t swapped = shares[j];

			if (a->prepare_s + a->round_s <= b->prepare_s + b->round_s)
				break;
			shares[j] = shares[j - 1];
			shares[j - 1] = swapped;
		}
}

int share_turns_run(struct run *run, size_t round)
{
	size_t count = run->supervisor->plan->share_count, *perm = calloc(count + 1, sizeof(*perm));
	int error = perm ? 0 : -ENOMEM;

	if (!error)
		shuffle_indices(&run->random, perm, count);
	if (!error && !round)
		sort_by_cost(run, perm, count);
	for (size_t i = 0; i < count && !error; i++) {
		if (run->shares[perm[i]].rounds > round)
			continue;
		run_tell_progress(run, round, 0);
		error = run_turn(run, perm[i] + 1, round);
	}
	free(perm);
	return error;
}
