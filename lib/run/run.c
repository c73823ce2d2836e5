/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "statistics/statistics.h"

#define DEADLINE_NS 5e9
/* More for some thirty round trips to a far host; one that is gone is seen sooner. */
#define HOST_DEADLINE_NS 15e9
/* A cell that has failed so often without success is given up. */
#define FAILURES_MOST 3

double run_elapsed_ns(const struct run *run)
{
	return budget_elapsed_ns(&run->budget);
}

double run_deadline_ns(const struct run *run, const struct cell *cell)
{
	const struct tool *tool = run->supervisor->plan->options->tool;
	double extra_s = tool->extra_seconds ? tool->extra_seconds(cell) : 0;

	return (run->supervisor->connect ? HOST_DEADLINE_NS : DEADLINE_NS) + 20 * run->window_ns + 1e9 * extra_s;
}

/* What cannot run here will not in the next round either. */
bool run_is_given_up(const struct series *series)
{
	return !series->valid &&
	       (series->skipped || series->failed + series->invalid >= FAILURES_MOST);
}

double run_left_s(const struct run *run, size_t rounds)
{
	return budget_left_ns(&run->budget, run->supervisor->plan->options, rounds,
			      STATISTICS_ROUNDS_LEAST) / 1e9;
}

void run_tell_progress(struct run *run, size_t round, size_t cell)
{
	const struct supervisor *supervisor = run->supervisor;
	struct progress progress = { round, cell, run->count, run_elapsed_ns(run) / 1e9 };

	if (supervisor->tell_progress)
		supervisor->tell_progress(supervisor->context, &progress);
}
