/* SPDX-License-Identifier: MIT */
/*
 * results/lost-rounds - judges which rounds of a cell lost time in which they should have run.
 *
 * METHOD: a round is hit if more than 2 % of its window was lost.
 *   stopped   by a signal, a freezer, a pause: as it was seen;
 *   steal     what the hypervisor took, less one of its steps;
 *   off CPU   where tasks share one CPU that is never idle, all time in which none of them ran:
 *             part of it they waited for others (run delay), in the rest they stood still.  What
 *             a quarter of the rounds have, too, is the mechanism's own, up to a tenth;
 *   waiting   elsewhere, waiting for a CPU is a part of each wake-up: lost is what goes far
 *             beyond the other rounds of the cell; farther where tasks of its own wait for each
 *             other, too.
 * What is not known is NAN, and then nothing is said of it.  Pure.
 */
#ifndef HANDOFF_LOST_ROUNDS_H
#define HANDOFF_LOST_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lost-time.h"

#define LOST_SHARE_MOST 0.02

/* Of one round; times in ns, beyond what its cell has anyhow. */
struct lost_round {
	double lost_ns;        /* in all; NAN: not known */
	double waited_ns;      /* of that, for a CPU that others had */
	double stopped_ns;     /* of that, standing still */
	double steal_ns;       /* of that, in the hypervisor's hands */
	double stops, involuntary;
	bool is_hit;
};

/* 0 or -ENOMEM; one verdict a round. */
int lost_rounds_judge(const struct lost_time *rounds, size_t count, struct lost_round *ret);

#endif
