/* SPDX-License-Identifier: MIT */
/*
 * statistics/stopping - decides when a run has measured enough
 *
 * What:    The number of rounds is not fixed: rounds are added until the
 *          interval of every cell is narrow enough. Judging after each round
 *          would stop at lucky moments (coverage falls to 0.52), so
 *          the judgement is made only at looks a factor 1.3 apart, and must
 *          hold at `looks_needed` looks in a row.
 * Use:     stopping_init(&s, 0.01, 2, 15);
 *          after each round: if stopping_is_look(&s, rounds), judge every cell
 *          with stopping_is_met(), hand the conjunction to stopping_judge(),
 *          and end when stopping_is_done(). A budget is the caller's business;
 *          at its end print the interval reached and stopping_forecast_rounds().
 * Units:   target is the relative half-width, 0.01 for +-1 %.
 * Owner:   plain values, nothing to release. Threads: one struct, one thread.
 * Errors:  none; nothing prints, exits or allocates.
 * Sources: handoff-method(7) STOPPING.
 */
#ifndef HANDOFF_STOPPING_H
#define HANDOFF_STOPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "statistics/statistics.h"

struct stopping {
	double target;
	size_t next_look, passed_looks;	/* passed_looks: in a row, up to now */
	unsigned int looks_needed;
};

/* The defaults of handoff-method(7) STOPPING: two looks, the first after 15 rounds. */
#define STOPPING_LOOKS_NEEDED 2
#define STOPPING_FIRST_LOOK 15

/* looks_needed of 0 counts as 1: no run may end without having been judged. */
void stopping_init(struct stopping *stopping, double target_fraction,
		   unsigned int looks_needed, size_t first_look);

/* True if this many finished rounds call for a judgement. */
bool stopping_is_look(const struct stopping *stopping, size_t rounds);

/* Enter the verdict of this look and move on to the next one. */
void stopping_judge(struct stopping *stopping, bool all_cells_met);

bool stopping_is_done(const struct stopping *stopping);

/*
 * True if there is an interval and its relative half-width
 * (hi - lo) / (2 |mid|) is at most target.
 */
bool stopping_is_met(const struct interval *interval, double target);

/*
 * Rounds likely to reach the target from what `rounds` rounds gave,
 * rounds * (W / target)^2, at least 1; 0 if there is no interval to judge from.
 */
size_t stopping_forecast_rounds(const struct interval *interval, size_t rounds,
				double target);

#endif
