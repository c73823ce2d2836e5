/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/one-way - times a message from before it is written until it has been read and
 * summed on the other side, by the clocks of both.
 *
 * The other side does CHANNEL_STAMP.  Whether the two clocks may be compared is
 * looked at first: by how far they can be apart at most (measure/clock-skew.h), and not
 * at all when they are not in step, or when that is more than a tenth of what is
 * measured.
 */
#ifndef HANDOFF_CHANNEL_ONE_WAY_H
#define HANDOFF_CHANNEL_ONE_WAY_H

#include "channel/pair/pair.h"
#include "measure/timing.h"

/*
 * Ticks that the two CPUs' clocks are apart at most; 0 for one CPU.  -ERANGE: they
 * are not in step.  Makes two threads for a moment.
 */
int channel_skew_bound(int cpu_a, int cpu_b, double *ret_bound_ticks);

/* The window, in timing; prepared by timing_prepare() beforehand. */
int channel_one_way_measure(const struct timed *timed, struct channel_pair *pair,
			    struct timing *timing);

#endif
