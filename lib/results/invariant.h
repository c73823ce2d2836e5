/* SPDX-License-Identifier: MIT */
/*
 * results/invariant - holds what one round says of itself against itself.
 *
 * A round that was measured tells a rate, a mean, CPU time, and how many were under way.
 * They hang together whatever was measured, and whoever measured it:
 *   wall_ns        n operations of c ns of CPU time on k CPUs take at least n c / k, so
 *                  that the time of an operation by its rate is at least c / k; half of
 *                  that, where the rate leaves out how the run began and ended, and by the
 *                  whole run where that is longer: on a slow machine few requests are most
 *                  of what it takes to begin;
 *   rate_of_mean   the rate is what was under way divided by the mean time of one: in a
 *                  stream one after the other, of creators at most so many at once.
 * Both within 5 %, and the first within what counters read at the window's edges may be off:
 * a CPU clock that goes in steps by two of these on each CPU.  What does not hold is a proof that failed: the round is invalid, and
 * the two figures stand in the record.
 */
#ifndef HANDOFF_INVARIANT_H
#define HANDOFF_INVARIANT_H

#include <stdbool.h>

#include "measure/round.h"
#include "plan/plan.h"

/* Of one round; NAN: not told. */
struct invariant_facts {
	double rate_per_s;      /* operations */
	double mean_ns;         /* of one, from when it begins until it has ended */
	double under_way;       /* operations at once */
	bool is_at_most;        /* under_way is a bound: between two there may be a pause */
	double cpu_ns;          /* of an operation, all tasks */
	double cpus;            /* that they may use */
	bool is_of_part;        /* the rate is of a part of what the CPU time is of */
	double operations;      /* by which what was read at the edges is divided; 0: by many */
	double run_ns;          /* of an operation, by the whole run; 0: not told */
	double cpu_step_ns;     /* of the clock that CPU time is read by */
};

/* The proofs that these facts are enough for.  Pure but for the round. */
void invariant_prove(const struct invariant_facts *facts, struct round *round);

/* The same for a round of this cell of the plan, by its figures and series; ticks are so long. */
void invariant_prove_round(const struct plan *plan, const struct cell *cell, double ns_per_tick,
			   struct round *round);

#endif
