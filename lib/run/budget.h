/* SPDX-License-Identifier: MIT */
/*
 * run/budget - the time that a run may take, less the time in which it could not run.
 */
#ifndef HANDOFF_BUDGET_H
#define HANDOFF_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/standstill.h"
#include "plan/options.h"

struct budget {
	uint64_t begin_ns;
	const struct standstill *standstill;
};

/* Of the budget, so far. */
double budget_elapsed_ns(const struct budget *budget);

/*
 * What is left of it after so many rounds, below 0: it is spent.  One that nobody named is
 * stretched, to twice at most, until there are rounds_least for an interval.  INFINITY where
 * rounds are counted.
 */
double budget_left_ns(const struct budget *budget, const struct options *options, size_t rounds,
		      size_t rounds_least);

#endif
