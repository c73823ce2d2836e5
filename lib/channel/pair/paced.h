/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/paced - messages at a rate of their own, whether the last is back or not.
 *
 * An open loop: message i is due at a time that does not depend on the others,
 * and its response is counted from then, not from when it could be sent; what a
 * closed loop would leave out (G. Tene's coordinated omission) is in it.  Arrivals
 * are those of statistics/arrivals.h.  Of messages that are due while the last is under way
 * none is left out: they follow at once, late.
 *
 * The loop sleeps until shortly before a message is due and spins the rest.  That
 * it sent one late by more than a tenth of 1/rate, and 500 ns, with nothing in its
 * way is our fault, and counted.
 */
#ifndef HANDOFF_CHANNEL_PACED_H
#define HANDOFF_CHANNEL_PACED_H

#include "channel/pair/pair.h"
#include "measure/timing.h"

struct channel_pace {
	uint64_t rate;                 /* messages a second */
	bool is_poisson;
	uint64_t late;                 /* result: of timing->sample.count messages */
};

/* The window, in timing (see measure/timing.h); prepared by timing_prepare() beforehand. */
int channel_paced_measure(const struct timed *timed, struct channel_pace *pace,
			  struct timing *timing);

#endif
