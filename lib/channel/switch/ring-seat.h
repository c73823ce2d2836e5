/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/ring-seat - a task's place in a ring, between two of its channels.
 *
 * open() takes memory of the task's own, enters side 1 of the channel to it and
 * side 0 of the one from it, and sets up its work; close() gives back what it
 * has, also of a half-made one.  relay() is all that a task does but the first:
 * open, wait for the gate, relay, wait for the gate again, close; between the
 * two gates each end of it is a loss.  What it did is told in its lane.
 *
 * By the task that it belongs to; 0 or -errno.
 */
#ifndef HANDOFF_CHANNEL_RING_SEAT_H
#define HANDOFF_CHANNEL_RING_SEAT_H

#include "channel/channel.h"
#include "channel/work.h"

/* What a task tells; written by itself, the counts once the last message has gone by. */
struct channel_ring_lane {
	_Alignas(128) int32_t tid;
	int32_t error;
	uint32_t has_refused;      /* it could not enter, and has ended */
	uint64_t sent, received, sum_sent, sum_received;
	uint64_t kept;             /* of struct channel_work */
	double touched;            /* words */
};

enum channel_ring_gate { CHANNEL_RING_WAIT, CHANNEL_RING_RELAY, CHANNEL_RING_LEAVE };

struct channel_ring_shared {
	_Alignas(128) uint32_t stop;
	_Alignas(128) uint32_t ready;      /* futex: tasks that have entered, or failed */
	_Alignas(128) uint32_t gate;       /* futex: enum channel_ring_gate */
	struct channel_ring_lane lanes[];
};

/* A task's place between its two channels: memory of its own. */
struct channel_ring_seat {
	struct channel_end in, out;
	struct channel_work work;
	bool has_in, has_out;      /* entered */
};

/* What a task must know of its ring. */
struct channel_ring_place {
	const struct channel *channel;
	const struct channel_config *config;
	const struct channel_work_plan *work;
	struct channel_ring_shared *shared;
	void *state_in, *state_out;
	uint32_t number;           /* of the lane */
};

/* In ret_seat what there is, also after a failure; NULL: nothing. */
int channel_ring_seat_open(const struct channel_ring_place *place,
			   struct channel_ring_seat **ret_seat);
void channel_ring_seat_close(struct channel_ring_seat *seat, const struct channel *channel);

int channel_ring_relay(const struct channel_ring_place *place);

/* Once the last message has gone by. */
void channel_ring_tell_counts(struct channel_ring_lane *lane,
			      const struct channel_ring_seat *seat);

void channel_ring_wake_all(uint32_t *futex);

#endif
