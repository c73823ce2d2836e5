/* SPDX-License-Identifier: MIT */
/*
 * measure/share - how many rounds one preparation is to serve.
 *
 * Where preparing is dear, several rounds share what one preparation made.  Rounds
 * of one preparation resemble each other, so as many preparations as the budget
 * allows are better than few.  Pure.
 */
#ifndef HANDOFF_MEASURE_SHARE_H
#define HANDOFF_MEASURE_SHARE_H

#include <stddef.h>

struct share_costs {
	double prepare_ns;         /* of one preparation, its end included */
	double round_ns;           /* of one round, all its windows included */
};

/*
 * Rounds for one preparation, 1 to wanted, such that `wanted` rounds come from as many
 * preparations as fit into budget_ns; all of them, if not even two preparations do.
 * budget_ns of 0: there is no limit, and each round has its own.  wanted 0 counts as 1.
 */
size_t share_rounds(const struct share_costs *costs, size_t wanted, double budget_ns);

#endif
