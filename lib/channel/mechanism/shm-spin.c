/* SPDX-License-Identifier: MIT */
/*
 * shm-spin: messages in shared memory, looked at all the time.
 *
 * A message lies behind its number, which is written last.  Who sees the number has
 * the line already in which the message begins.  Were the number in a line of its own,
 * two lines would move for each message, and how well their moving overlaps depends on
 * each instruction in between: a round trip would be a third longer, or not, by chance.
 */
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/slots.h"
#include "kernel/cpu-relax.h"

#define NUMBER_BYTES sizeof(uint64_t)

static int shm_spin_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct channel_config numbered = *config;

	if (__builtin_add_overflow(config->message_bytes, NUMBER_BYTES, &numbered.message_bytes))
		return -ENOMEM;
	return channel_slots_memfd(state, &numbered, ret_reason);
}

/* Where the next message of a side goes: message is that of the one before. */
static inline unsigned char *shm_spin_next(const struct channel_slots *slots, int side,
					   unsigned char *message)
{
	unsigned char *next = message + slots->slot_bytes;

	return next < channel_slots_at(slots, side, slots->count)
		? next : channel_slots_at(slots, side, 0) + NUMBER_BYTES;
}

/* out is where the next message goes, in where the last one was. */
static int shm_spin_enter(struct channel_end *end)
{
	const struct channel_slots *slots = end->state;
	int error = channel_slots_enter(end);

	end->out += NUMBER_BYTES;
	end->in = channel_slots_at(slots, 1 - end->side, slots->count - 1) + NUMBER_BYTES;
	return error;
}

static inline uint64_t *shm_spin_number(unsigned char *message)
{
	return (uint64_t *)(void *)(message - NUMBER_BYTES);
}

static inline int shm_spin_send(struct channel_end *end, size_t bytes)
{
	(void)bytes;
	__atomic_store_n(shm_spin_number(end->out), ++end->slot_out, __ATOMIC_RELEASE);
	end->out = shm_spin_next(end->state, end->side, end->out);
	return 0;
}

static inline int shm_spin_receive(struct channel_end *end, size_t bytes)
{
	uint64_t wanted = ++end->slot_in;

	(void)bytes;
	end->in = shm_spin_next(end->state, 1 - end->side, end->in);
	while (__atomic_load_n(shm_spin_number(end->in), __ATOMIC_ACQUIRE) != wanted)
		cpu_relax();
	return 0;
}

CHANNEL_LOOPS(shm_spin);

const struct channel channel_shm_spin = {
	.about = { "shm-spin", "shared memory, looked at without sleeping",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_SPINS },
	.state_bytes = sizeof(struct channel_slots),
	.open = shm_spin_open,
	.enter = shm_spin_enter,
	.leave = channel_slots_leave,
	.close = channel_slots_close,
	CHANNEL_HOOKS(shm_spin),
};
