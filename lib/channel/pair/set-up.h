/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/set-up - measures what a channel costs before and after its messages.
 *
 * An operation opens the channel, enters both ends, passes one message, leaves
 * and closes: all of it by one task, as nobody else is needed for it.  Buffers
 * are there beforehand.  run() is a body for measure/timing.h.
 */
#ifndef HANDOFF_CHANNEL_SET_UP_H
#define HANDOFF_CHANNEL_SET_UP_H

#include "channel/channel.h"

struct channel_set_up {
	const struct channel *channel;   /* the caller's, like the config */
	struct channel_config config;
	uint64_t opened, received, agreed;   /* operations, messages, sums that were right */
	char reason[CHANNEL_REASON_BYTES];
	void *state;
	struct channel_end *ends[2];
	uint32_t stop;
};

int channel_set_up_init(struct channel_set_up *set_up);
int channel_set_up_run(void *set_up, uint64_t n);
void channel_set_up_done(struct channel_set_up *set_up);

#endif
