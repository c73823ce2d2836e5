/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/overhead - what the harness itself adds to each end point.
 *
 * Only what lies between the two looks of an end point is in its figure, so only
 * that is taken off: of call nothing that the task does after it, of reap nothing
 * that was done before the task's last look.  The parts are measured once a round,
 * by operations that do nothing; which of them an end point has follows from the
 * mechanism and from where its task runs.
 */
#ifndef HANDOFF_SPAWN_OVERHEAD_H
#define HANDOFF_SPAWN_OVERHEAD_H

#include <stdbool.h>

#include "spawner/round/loop.h"

/* Ticks. */
struct spawn_costs {
	double empty;          /* between two looks of the creator, with a call that does nothing */
	double middle;         /* the creator's look when the call has returned */
	double first, last;    /* from its look to the task's first one; from the last one to its own */
	double begin, end;     /* all that the task does when it begins, and ends */
	double report;         /* what a target writes behind its last look */
	double target;         /* all that it does for us, that included */
};

/* What of it happens, and where. */
struct spawn_shape {
	unsigned int traits;   /* enum spawn_trait */
	bool is_beside;        /* creator and task share a CPU: the creator goes on first */
	bool is_foreign;       /* the target is not ours: it does nothing for us */
};

/* Ticks that are to be taken off.  Pure. */
double spawn_overhead(const struct spawn_costs *costs, const struct spawn_shape *shape,
		      enum spawn_metric metric);

/* All of them for the loop's spawner, into its lane. 0 or -errno, which is told there. */
int spawn_overhead_measure(struct spawn_loop *loop);

#endif
