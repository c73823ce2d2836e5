/* SPDX-License-Identifier: MIT */
#include "measure/share.h"

/* Preparations that fit beside all rounds, 1 to wanted. */
static size_t preparations(const struct share_costs *costs, size_t wanted, double budget_ns)
{
	double left = budget_ns - (double)wanted * costs->round_ns;

	if (!(budget_ns > 0) || left >= (double)wanted * costs->prepare_ns)
		return wanted;
	return left >= 2 * costs->prepare_ns ? (size_t)(left / costs->prepare_ns) : 1;
}

size_t share_rounds(const struct share_costs *costs, size_t wanted, double budget_ns)
{
	size_t count;

	if (!wanted)
		return 1;
	count = preparations(costs, wanted, budget_ns);
	return (wanted + count - 1) / count;
}
