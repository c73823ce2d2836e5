/* SPDX-License-Identifier: MIT */
/*
 * run/budget - the time that a run may take, less the time in which it could not run.
 */
#ifndef HANDOFF_BUDGET_H
#define HANDOFF_BUDGET_H

#include <stdbool.h>
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
 * Whether it is spent, after so many rounds.  One that nobody named is stretched, to twice at
 * most, until there are rounds_least for an interval.
 */
bool budget_is_over(const struct budget *budget, const struct options *options, size_t rounds,
		    size_t rounds_least);

#endif
