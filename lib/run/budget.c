/* SPDX-License-Identifier: MIT */
#include "run/budget.h"

#include <math.h>
#include <stdbool.h>

#include "kernel/clock.h"

double budget_elapsed_ns(const struct budget *budget)
{
	return (double)(clock_raw_ns() - budget->begin_ns) - (double)budget->standstill->lost_ns;
}

double budget_left_ns(const struct budget *budget, const struct options *options, size_t rounds,
		      size_t rounds_least)
{
	bool may_stretch = !options->has_budget && rounds < rounds_least;

	if (options->rounds)
		return INFINITY;
	return (may_stretch ? 2 : 1) * options->budget_ns - budget_elapsed_ns(budget);
}
