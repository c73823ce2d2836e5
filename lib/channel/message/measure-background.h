/* SPDX-License-Identifier: MIT */
/*
 * channel/message/measure-background - measures a pair with others beside it, for job->pairs.
 *
 * begin() makes them (none for one pair, and then nothing here does anything),
 * before the measured pair is opened; go() sets them going before its warm-up;
 * read() counts at both edges of the window what each pair has passed, the
 * measured one included; await(), between the window and its second edge, goes on
 * with the measured pair until all others have passed something since the first,
 * as a short window may leave some without a turn, for 3 s at most; stop() follows
 * that one's own; tell() adds proofs and figures; end() is always called.  What fails is told in the round: 0 or -errno.
 */
#ifndef HANDOFF_CHANNEL_MEASURE_BACKGROUND_H
#define HANDOFF_CHANNEL_MEASURE_BACKGROUND_H

#include "channel/message/background.h"
#include "channel/pair/context.h"

struct channel_beside {
	struct channel_background background;
	uint64_t *messages[2];     /* by edge: of the measured pair, then of each other */
	double at_ns[2];           /* when they were read */
};

int channel_beside_begin(struct channel_context *context, enum channel_duty duty,
			 struct channel_beside *ret);
int channel_beside_go(struct channel_context *context, struct channel_beside *beside);
void channel_beside_read(struct channel_beside *beside, const struct channel_pair *pair, int edge);
int channel_beside_await(struct channel_context *context, const struct channel_pair *pair,
			 const struct channel_beside *beside);
int channel_beside_stop(struct channel_context *context, struct channel_beside *beside);
void channel_beside_tell(struct channel_context *context, const struct channel_pair *pair,
			 const struct channel_beside *beside);
void channel_beside_end(struct channel_beside *beside);

#endif
