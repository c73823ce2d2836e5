/* SPDX-License-Identifier: MIT */
#include "run/budget.h"

#include "kernel/clock.h"

double budget_elapsed_ns(const struct budget *budget)
{
	return (double)(clock_raw_ns() - budget->begin_ns) - (double)budget->standstill->lost_ns;
}

bool budget_is_over(const struct budget *budget, const struct options *options, size_t rounds,
		    size_t rounds_least)
{
	bool may_stretch = !options->has_budget && rounds < rounds_least;

	return !options->rounds &&
	       budget_elapsed_ns(budget) > (may_stretch ? 2 : 1) * options->budget_ns;
}
