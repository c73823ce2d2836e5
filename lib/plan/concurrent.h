/* SPDX-License-Identifier: MIT */
/*
 * plan/concurrent - finds cells that may be measured at the same time (--concurrent).
 *
 * Those whose CPUs are named and share no core with each other's, and that share nothing
 * else that is scarce: no file or the like (struct tool, is_apart), and neither much memory
 * nor many tasks, which take long to set up.  Everything else, and everything without
 * --concurrent, is measured alone.
 *
 * Pure, but for the caller's line of cells, which gets shorter.
 */
#ifndef HANDOFF_CONCURRENT_H
#define HANDOFF_CONCURRENT_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/plan.h"

/* Workers at once: two descriptors each and one more, of the 1024 that an account has. */
#define CONCURRENT_MOST 128

/* Cells that wait for their turn, as indices into the plan. */
struct concurrent_line {
	size_t *cells;                 /* room for all of the plan */
	size_t begin, end;             /* cells[begin] is the next; begin <= end */
	bool *is_taken;                /* by core; all false between two calls */
	size_t cores;                  /* that any cell is on */
};

/* An empty line for this plan. 0 or -ENOMEM; concurrent_line_done() frees it, in any case. */
int concurrent_line_init(struct concurrent_line *line, const struct plan *plan);
void concurrent_line_done(struct concurrent_line *line);

/*
 * Takes the first of the line, and in their order those behind it that may be measured
 * beside all that were taken, CONCURRENT_MOST at most.  The others stay in the line, in
 * their order.  Returns how many indices it wrote: 0 if nobody waits.
 */
size_t concurrent_take(const struct plan *plan, struct concurrent_line *line,
		    size_t ret[static CONCURRENT_MOST]);

/*
 * An upper bound of how many turns all cells of a plan take, whatever their order.
 * Of concurrent cells, one waits for no more turns than there are cells that share
 * either of its cores, each of which has at most D: 2 (D - 1); and for those that were
 * full.  (The bound of greedy edge colouring, 2 D - 1.)
 * Without the memory to count it, the number of cells.
 */
size_t concurrent_turns_most(const struct plan *plan);

#endif
