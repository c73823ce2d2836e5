/* SPDX-License-Identifier: MIT */
/* shm-spin: messages in shared memory, told by a counter that is looked at all the time. */
#include "channel-loops.h"
#include "channel-slots.h"
#include "cpu-relax.h"

/* Of one direction.  Each line has one writer; only sent is read by the other side. */
struct counters {
	_Alignas(128) uint64_t sent;
	_Alignas(128) uint64_t received;
};

_Static_assert(sizeof(struct counters) <= CHANNEL_CONTROL_BYTES, "a direction's control words");

static int shm_spin_open(void *state, const struct channel_config *config, char *ret_reason)
{
	return channel_slots_memfd(state, config, ret_reason);
}

static inline int shm_spin_send(struct channel_end *end, size_t bytes)
{
	struct counters *counters = channel_slots_control(end->state, end->side);

	(void)bytes;
	__atomic_store_n(&counters->sent, counters->sent + 1, __ATOMIC_RELEASE);
	channel_slots_sent(end);
	return 0;
}

static inline int shm_spin_receive(struct channel_end *end, size_t bytes)
{
	struct counters *counters = channel_slots_control(end->state, 1 - end->side);

	(void)bytes;
	while (__atomic_load_n(&counters->sent, __ATOMIC_ACQUIRE) == counters->received)
		cpu_relax();
	counters->received++;
	channel_slots_received(end);
	return 0;
}

CHANNEL_LOOPS(shm_spin);

const struct channel channel_shm_spin = {
	.about = { "shm-spin", "shared memory and a counter, waited for without sleeping",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_SPINS },
	.state_bytes = sizeof(struct channel_slots),
	.open = shm_spin_open,
	.enter = channel_slots_enter,
	.leave = channel_slots_leave,
	.close = channel_slots_close,
	CHANNEL_HOOKS(shm_spin),
};
