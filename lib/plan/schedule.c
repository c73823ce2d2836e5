/* SPDX-License-Identifier: MIT */
#include "plan/schedule.h"

#include "plan/concurrent.h"

#define WINDOW_MOST_NS 10e6
#define WINDOW_LEAST_NS 2e6
/* What a worker takes beside its window: execution, calibration, warm-up. */
#define WORKER_OTHER_NS 8e6
/* Of that, what the supervisor is busy with. */
#define WORKER_START_NS 1e6
/* Rounds that the window is chosen for. */
#define ROUNDS_WANTED 10
#define QUICK_ROUNDS_WANTED 7
#define RAMP_MOST_NS 1e9
/* A ramp, and a window as long as the third of it that was judged. */
#define RAMP_AND_WINDOW (4.0 / 3)

size_t schedule_slot(const size_t *perm, size_t cells, size_t round, size_t slot)
{
	return perm[(slot + round) % cells];
}

/* Of the budget, one round's. */
static double round_ns(const struct options *options)
{
	return options->budget_ns /
	       (options->mode == MODE_QUICK ? QUICK_ROUNDS_WANTED : ROUNDS_WANTED);
}

double schedule_window_ns(const struct plan *plan)
{
	const struct options *options = plan->options;
	double turns = (double)concurrent_turns_most(plan);
	double each;

	if (!turns || options->rounds)
		return WINDOW_MOST_NS;
	each = round_ns(options) / turns - WORKER_OTHER_NS;
	return each < WINDOW_LEAST_NS ? WINDOW_LEAST_NS : each < WINDOW_MOST_NS ? each
										 : WINDOW_MOST_NS;
}

bool schedule_has_ramp(const struct plan *plan, const struct cell *cell)
{
	const struct tool *tool = plan->options->tool;

	return tool->ramps && !cell->skip && tool->ramps(cell);
}

static size_t count_ramps(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += schedule_has_ramp(plan, &plan->cells[i]);
	return count;
}

double schedule_ramp_ns(const struct plan *plan)
{
	double turns = (double)concurrent_turns_most(plan), spare, each;
	size_t count = count_ramps(plan);

	if (!count || plan->options->rounds)
		return count ? RAMP_MOST_NS : 0;
	spare = round_ns(plan->options) - turns * (schedule_window_ns(plan) + WORKER_OTHER_NS);
	each = spare / (double)count / RAMP_AND_WINDOW;
	return each < 0 ? 0 : each < RAMP_MOST_NS ? each : RAMP_MOST_NS;
}

/* Of this cell's round, what no window shortens. */
static double cell_least_s(const struct plan *plan, const struct cell *cell, double ramp_s)
{
	const struct tool *tool = plan->options->tool;

	return (schedule_has_ramp(plan, cell) ? ramp_s : 0) +
	       (tool->least_seconds ? tool->least_seconds(cell) : 0);
}

/* Seconds that no window shortens, of one round of all cells; and of the longest of them. */
static double least_s(const struct plan *plan, double *ret_longest)
{
	double sum = 0, ramp_s = schedule_ramp_ns(plan) * RAMP_AND_WINDOW / 1e9;

	*ret_longest = 0;
	for (size_t i = 0; i < plan->count; i++) {
		double one = plan->cells[i].skip ? 0 : cell_least_s(plan, &plan->cells[i], ramp_s);

		sum += one;
		*ret_longest = one > *ret_longest ? one : *ret_longest;
	}
	return sum;
}

/* Concurrent workers are started one after the other. */
static double starts_ns(const struct plan *plan, double turns)
{
	double cells = 0;

	for (size_t i = 0; i < plan->count; i++)
		cells += plan->cells[i].skip == NULL;
	return (cells - turns) * WORKER_START_NS;
}

/* Of one round of all shares, each with a preparation of its own. */
static double shares_s(const struct plan *plan)
{
	double sum = 0;

	for (size_t share = 1; plan->share_costs && share <= plan->share_count; share++)
		sum += plan->share_costs[share].prepare_s + plan->share_costs[share].round_s;
	return sum;
}

/* A cell that has begun is waited for, be the budget spent meanwhile. */
double schedule_forecast_s(const struct plan *plan)
{
	double each = schedule_window_ns(plan) + WORKER_OTHER_NS, longest;
	double turns = (double)concurrent_turns_most(plan);
	double all = (turns * each + starts_ns(plan, turns)) / 1e9 + least_s(plan, &longest);

	all += shares_s(plan);
	if (plan->options->rounds)
		return (double)plan->options->rounds * all;
	return plan->options->budget_ns / 1e9 + longest;
}
