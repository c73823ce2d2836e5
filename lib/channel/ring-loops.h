/* SPDX-License-Identifier: MIT */
/*
 * channel/ring-loops - makes the hot loops of a ring, as channel/loops.h those of a pair.
 *
 *   lap    n times round: work, write a message, send it to the next task; receive
 *          what comes from the one before and read it
 *   relay  the others: receive, read, work, write, send, until the message that
 *          comes with *in->stop has been passed on
 *
 * One task that holds both ends of one channel makes the same calls by lap(): a
 * hop each time, the work of all tasks in turn, and nobody to switch to.
 *
 * Vector registers are filled last before a message is sent, and looked at first
 * when one has come.
 */
#ifndef HANDOFF_CHANNEL_RING_LOOPS_H
#define HANDOFF_CHANNEL_RING_LOOPS_H

#include "channel/channel.h"
#include "channel/work.h"

#define CHANNEL_RING_LOOPS(name) \
	static inline int name##_pass_on(struct channel_end *out, struct channel_work *work) \
	{ \
		channel_work_walk(work); \
		channel_write_message(out, out->message_bytes); \
		channel_work_fill(work); \
		return name##_send(out, out->message_bytes); \
	} \
	static inline int name##_take_over(struct channel_end *in, struct channel_work *work) \
	{ \
		int error = name##_receive(in, in->message_bytes); \
		channel_work_keep(work); \
		if (!error) \
			channel_read_message(in, in->message_bytes); \
		return error; \
	} \
	static int name##_lap(struct channel_end *out, struct channel_end *in, \
			      struct channel_work *work, uint64_t n) \
	{ \
		int error = 0; \
		while (n-- && !error) { \
			error = name##_pass_on(out, work); \
			if (!error) \
				error = name##_take_over(in, work); \
		} \
		channel_work_clean(work); \
		return error; \
	} \
	static int name##_relay(struct channel_end *in, struct channel_end *out, \
				struct channel_work *work) \
	{ \
		int error = name##_get(in, in->message_bytes); \
		while (!error) { \
			bool is_last = channel_is_last(in); \
			error = name##_pass_on(out, work); \
			if (error || is_last) \
				break; \
			error = name##_take_over(in, work); \
		} \
		channel_work_clean(work); \
		return error; \
	}

#define CHANNEL_RING_HOOKS(name) \
	.lap = name##_lap, .relay = name##_relay

#endif
