/* SPDX-License-Identifier: MIT */
/*
 * results/host-speed - tells from the references of a run at which speed, or two, the host ran.
 *
 * Pure but for memory.  The reference of a round is the time of one mix: the sum of its parts.
 * Which parts a run has is decided by most of its rounds; a round that has others has no
 * reference, as the sum would be of another work.
 *
 * host_speed_make(): 0 or -ENOMEM.  One owner; host_speed_done() takes a zeroed struct.
 */
#ifndef HANDOFF_RESULTS_HOST_SPEED_H
#define HANDOFF_RESULTS_HOST_SPEED_H

#include "results/reference-series.h"
#include "statistics/speeds.h"

struct host_speed {
	double ns;                     /* of a mix, the median over rounds; NAN: there is none */
	double part_ns[REFERENCE_PARTS];   /* likewise of each part of a mix; NAN: it is missing */
	double *round_ns;              /* of a mix in each round; NAN: that round has none */
	int *labels;                   /* of each round, as in statistics/speeds.h */
	size_t rounds;
	struct speeds speeds;
	int cpu;                       /* where it was taken; -1: unknown */
	char missing[240];             /* what lacks and why; empty: nothing */
};

int host_speed_make(const struct reference_series *series, double ns_per_tick,
		    struct host_speed *ret);
void host_speed_done(struct host_speed *speed);

/* Of round i of the run; NAN, SPEED_UNKNOWN: it has none, or there was no such round. */
double host_speed_reference_ns(const struct host_speed *speed, size_t round);
int host_speed_label(const struct host_speed *speed, size_t round);

#endif
