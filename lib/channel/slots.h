/* SPDX-License-Identifier: MIT */
/*
 * channel/slots - keeps messages in memory that both sides share.
 *
 * One mapping: a page of control words, then depth + 1 slots for what side 0
 * sends and as many for what side 1 sends, used in turn.  No slot and no
 * direction's control words share a cache line with another's.  Who sends has
 * its own place (slot_out), who receives its own (slot_in): the slots tell
 * nobody that a message is there, which is the channel's business.  Nor is a
 * full direction seen: no more than depth messages may be under way.
 *
 * struct channel_slots is the (first member of the) state.  However the memory
 * was made, it is alike from then on: small pages only, all of them touched
 * by open(), and again by a process's enter(), for a fork leaves the page tables
 * of shared memory behind.
 */
#ifndef HANDOFF_CHANNEL_SLOTS_H
#define HANDOFF_CHANNEL_SLOTS_H

#include "channel/channel.h"

#define CHANNEL_SLOT_ALIGN 128     /* lines are fetched in pairs */
#define CHANNEL_CONTROL_BYTES 2048 /* for a direction, zeroed, for the channel's own use */

struct channel_slots {
	unsigned char *memory;     /* NULL: none */
	size_t bytes;              /* all of it */
	size_t slot_bytes;
	uint64_t count;            /* slots a direction */
};

/* All but the memory.  0 or -ENOMEM: more than half of what the machine has; told in
 * ret_reason, as by open(). */
int channel_slots_plan(struct channel_slots *slots, const struct channel_config *config,
		       char *ret_reason);

/* Takes slots->bytes of zeroed shared memory into use; the caller gives it back.  0 or -errno. */
int channel_slots_use(struct channel_slots *slots, void *memory);

/* Maps slots->bytes of a file; fd stays the caller's.  0 or -errno, then nothing is mapped. */
int channel_slots_map(struct channel_slots *slots, int fd);
void channel_slots_unmap(struct channel_slots *slots);

/* All in one: plans, makes a memfd, maps it and closes it.  0 or -errno, then nothing is left. */
int channel_slots_memfd(struct channel_slots *slots, const struct channel_config *config,
			char *ret_reason);

/* Hooks of struct channel; a channel's own enter() may call them. */
int channel_slots_enter(struct channel_end *end);
void channel_slots_leave(struct channel_end *end);
void channel_slots_close(void *state);

/* What belongs to the messages that this side sends; or receives, for 1 - end->side. */
static inline void *channel_slots_control(const struct channel_slots *slots, int side)
{
	return slots->memory + (size_t)side * CHANNEL_CONTROL_BYTES;
}

static inline unsigned char *channel_slots_at(const struct channel_slots *slots, int side,
					      uint64_t slot)
{
	return slots->memory + 2 * CHANNEL_CONTROL_BYTES +
	       ((uint64_t)side * slots->count + slot) * slots->slot_bytes;
}

/* Once the other side has been told of the message at end->out: on to the next slot. */
static inline void channel_slots_sent(struct channel_end *end)
{
	const struct channel_slots *slots = end->state;

	end->slot_out = end->slot_out + 1 == slots->count ? 0 : end->slot_out + 1;
	end->out = channel_slots_at(slots, end->side, end->slot_out);
}

/* Once a message is known to be there: it is at end->in. */
static inline void channel_slots_received(struct channel_end *end)
{
	const struct channel_slots *slots = end->state;

	end->in = channel_slots_at(slots, 1 - end->side, end->slot_in);
	end->slot_in = end->slot_in + 1 == slots->count ? 0 : end->slot_in + 1;
}

#endif
