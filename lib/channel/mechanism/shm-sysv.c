/* SPDX-License-Identifier: MIT */
/* sysv-shm+sysv-sem: messages lie in shmat(2)ed memory, semop(2) counts them. */
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/semaphore-pair.h"
#include "channel/slots.h"

struct segment {
	struct channel_slots slots;
	int semaphores;
};

static void explain(int error, size_t bytes, char *ret_reason)
{
	if (error == -EINVAL)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "a segment of %zu bytes is above kernel.shmmax: raise it", bytes);
	else if (error == -ENOSPC)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "%zu bytes more of shared memory are not allowed: raise kernel.shmall or "
			 "kernel.shmmni or remove old segments (ipcs -m, ipcrm)", bytes);
}

/* Removed as soon as it is attached, it goes with the last process that has it. */
static int attach(struct channel_slots *slots, int id)
{
	void *memory = shmat(id, NULL, 0);
	int error = memory == (void *)-1 ? -errno : 0;

	if (shmctl(id, IPC_RMID, NULL) && !error)
		error = -errno;
	if (!error)
		error = channel_slots_use(slots, memory);
	if (error && memory != (void *)-1)
		shmdt(memory);
	return error;
}

static int make_segment(struct channel_slots *slots, const struct channel_config *config,
			char *ret_reason)
{
	int id, error = channel_slots_plan(slots, config, ret_reason);

	if (error)
		return error;
	id = shmget(config->key + 1, slots->bytes, IPC_CREAT | IPC_EXCL | 0600);
	if (id != -1)
		return attach(slots, id);
	error = -errno;
	explain(error, slots->bytes, ret_reason);
	return error;
}

static int segment_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct segment *segment = state;
	int error = sysv_semaphores_make(config, &segment->semaphores, ret_reason);

	if (error)
		return error;
	error = make_segment(&segment->slots, config, ret_reason);
	if (error)
		sysv_semaphores_remove(&segment->semaphores);
	return error;
}

static int segment_enter(struct channel_end *end)
{
	const struct segment *segment = end->state;

	end->fd_in = end->fd_out = segment->semaphores;   /* not a descriptor, but like one */
	return channel_slots_enter(end);
}

static void segment_leave(struct channel_end *end)
{
	end->fd_in = end->fd_out = -1;
	channel_slots_leave(end);
}

static void segment_forget(void *state)
{
	struct segment *segment = state;

	if (segment->slots.memory)
		shmdt(segment->slots.memory);
	segment->slots.memory = NULL;
}

static void segment_close(void *state)
{
	struct segment *segment = state;

	segment_forget(segment);
	sysv_semaphores_remove(&segment->semaphores);
}

static inline int segment_send(struct channel_end *end, size_t bytes)
{
	int error = sysv_semaphore_add(end->fd_out, end->side, 1);

	(void)bytes;
	if (!error)
		channel_slots_sent(end);
	return error;
}

static inline int segment_receive(struct channel_end *end, size_t bytes)
{
	int error = sysv_semaphore_add(end->fd_in, 1 - end->side, -1);

	(void)bytes;
	if (!error)
		channel_slots_received(end);
	return error;
}

CHANNEL_LOOPS(segment);

const struct channel channel_sysv_shm_sysv_sem = {
	.about = { "sysv-shm+sysv-sem", "System V shared memory, a System V semaphore each way",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_NAMED | CHANNEL_IPC },
	.state_bytes = sizeof(struct segment),
	.open = segment_open,
	.enter = segment_enter,
	.leave = segment_leave,
	.close = segment_close,
	.forget = segment_forget,
	CHANNEL_HOOKS(segment),
};
