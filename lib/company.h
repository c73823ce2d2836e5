/* SPDX-License-Identifier: MIT */
/*
 * company - which cells may be measured at the same time (--concurrent).
 *
 * Those whose CPUs are named and share no core, neither among themselves nor with
 * one another's, and that share no file or the like (struct tool, is_apart).
 * Everything else, and everything without --concurrent, is measured alone.
 *
 * Pure, but for the caller's line of cells, which gets shorter.
 */
#ifndef HANDOFF_COMPANY_H
#define HANDOFF_COMPANY_H

#include <stddef.h>

#include "plan.h"
#include "worker.h"

/* Cells that wait for their turn, as indices into the plan. */
struct company_line {
	size_t *cells;
	size_t begin, end;             /* cells[begin] is the next; begin <= end */
};

/*
 * Takes the first of the line, and in their order those behind it that may be measured
 * beside all that were taken, WORKERS_MOST at most.  The others stay in the line, in
 * their order.  Returns how many indices it wrote: 0 if nobody waits.
 */
size_t company_take(const struct plan *plan, struct company_line *line,
		    size_t ret[static WORKERS_MOST]);

/*
 * An upper bound of how many turns all cells of a plan take, whatever their order.
 * Of cells in company, one waits for no more turns than there are cells that share
 * either of its cores, each of which has at most D: 2 (D - 1); and for those that were
 * full.  (Greedy edge colouring: Vizing's bound is D + 1, greedy's 2 D - 1.)
 * Without the memory to count it, the number of cells.
 */
size_t company_turns_most(const struct plan *plan);

#endif
