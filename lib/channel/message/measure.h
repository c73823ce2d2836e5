/* SPDX-License-Identifier: MIT */
/*
 * channel/message/measure - measures what a message costs.
 *
 * By the job's mode, as channel/round/round.h says; all is told in the round.
 */
#ifndef HANDOFF_CHANNEL_MEASURE_H
#define HANDOFF_CHANNEL_MEASURE_H

#include "channel/pair/context.h"
#include "channel/pair/proof.h"

/* Two sides: latency, one-way, throughput, rate; and the try for --list. */
void channel_measure_pair(struct channel_context *context, struct timing *timing);

/* Several that send, and we who receive: for job->fan_in above 1. */
void channel_measure_fan_in(struct channel_context *context, struct timing *timing);

/* One task alone. */
void channel_measure_set_up(struct channel_context *context, struct timing *timing);

/* What a round of a pair has found, once the other side's counts are in its lane. */
void channel_measure_tell(struct channel_context *context, const struct channel_pair *pair,
			  struct timing *timing, const struct channel_edges *edges);

#endif
