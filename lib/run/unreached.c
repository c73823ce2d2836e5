/* SPDX-License-Identifier: MIT */
#include "run/unreached.h"

#include <math.h>
#include <stdio.h>

#include "plan/share.h"
#include "plan/units.h"

/* What seems to suffice should do. */
#define MARGIN 1.2

/* The rounds of an interval, of all cells without a share; 0: nobody knows. */
static double need_s(const struct run *run)
{
	size_t cells = plan_count_others(run->supervisor->plan);

	return run->turns_cells ? (double)(cells * SHARE_ROUNDS_LEAST) * run->turns_s /
				  (double)run->turns_cells : 0;
}

static void tell_cell(const struct run *run, char *ret, size_t size)
{
	char budget[32], needed[64] = "";

	units_format_time(run->supervisor->plan->options->budget_ns, budget, sizeof(budget));
	if (need_s(run) > 0)
		snprintf(needed, sizeof(needed), " (all cells take about %.0f s for %d rounds)",
			 ceil(MARGIN * need_s(run)), SHARE_ROUNDS_LEAST);
	snprintf(ret, size, "the budget of %s was spent before its turn: raise --time%s, or ask for "
		 "fewer cells", budget, needed);
}

static void tell_share(const struct share_state *share, char *ret, size_t size)
{
	snprintf(ret, size, "its %d rounds would take about %.0f s, preparing included, and the "
		 "budget did not suffice: raise --time", SHARE_ROUNDS_LEAST,
		 ceil(share->prepare_s + SHARE_ROUNDS_LEAST * share->round_s));
}

void unreached_tell(struct run *run)
{
	char reason[sizeof(run->series->last_reason)];

	for (size_t i = 0; i < run->count; i++) {
		struct series *series = &run->series[run->cells[i]];
		size_t share = run->supervisor->plan->cells[run->cells[i]].share;

		if (series_had_turn(series))
			continue;
		if (share)
			tell_share(&run->shares[share - 1], reason, sizeof(reason));
		else
			tell_cell(run, reason, sizeof(reason));
		series_leave_out(series, reason);
	}
}
