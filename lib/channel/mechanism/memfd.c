/* SPDX-License-Identifier: MIT */
/* memfd+futex, memfd+eventfd: messages lie in a memfd_create(2)d file, mapped; a futex(2) word
 * each way in it or an eventfd(2) each way, read(2) and write(2), counts them. */
#include <errno.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/slots.h"
#include "kernel/raw-syscall.h"

#define ASLEEP (-1)                /* the futex word: who receives waits for a message */

static int futex_open(void *state, const struct channel_config *config, char *ret_reason)
{
	return channel_slots_memfd(state, config, ret_reason);
}

/* Not FUTEX_PRIVATE_FLAG: the other side may be a process. */
static inline int futex(int *word, int operation, int value)
{
	long result = raw_syscall(SYS_futex, (long)word, operation, value, 0, 0, 0);

	return result < 0 ? (int)result : 0;
}

/* The messages that wait, or ASLEEP: then nobody needs to look whether to wake. */
static inline int futex_send(struct channel_end *end, size_t bytes)
{
	int *word = channel_slots_control(end->state, end->side), error = 0;

	(void)bytes;
	if (__atomic_fetch_add(word, 1, __ATOMIC_ACQ_REL) == ASLEEP)
		error = futex(word, FUTEX_WAKE, 1);
	if (!error)
		channel_slots_sent(end);
	return error;
}

/* Taken before it is there: from 0 to ASLEEP, which the message's own count makes 0 again. */
static inline int futex_receive(struct channel_end *end, size_t bytes)
{
	int *word = channel_slots_control(end->state, 1 - end->side);

	(void)bytes;
	if (__atomic_fetch_sub(word, 1, __ATOMIC_ACQ_REL) == 0)
		while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == ASLEEP) {
			int error = futex(word, FUTEX_WAIT, ASLEEP);

			if (error && error != -EINTR && error != -EAGAIN)
				return error;
		}
	channel_slots_received(end);
	return 0;
}

CHANNEL_LOOPS(futex);

struct events {
	struct channel_slots slots;
	int fd[2];                 /* by the side that sends; -1: there is none */
};

static void events_close(void *state)
{
	struct events *events = state;

	for (int side = 0; side < 2; side++) {
		if (events->fd[side] != -1)
			close(events->fd[side]);
		events->fd[side] = -1;
	}
	channel_slots_close(&events->slots);
}

static int events_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct events *events = state;
	int error = channel_slots_memfd(&events->slots, config, ret_reason);

	if (error)
		return error;
	events->fd[0] = events->fd[1] = -1;
	for (int side = 0; side < channel_directions(config) && !error; side++) {
		events->fd[side] = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
		error = events->fd[side] == -1 ? -errno : 0;
	}
	if (error)
		events_close(events);
	return error;
}

static int events_enter(struct channel_end *end)
{
	const struct events *events = end->state;

	end->fd_out = events->fd[end->side];
	end->fd_in = events->fd[1 - end->side];
	return channel_slots_enter(end);
}

static void events_leave(struct channel_end *end)
{
	end->fd_in = end->fd_out = -1;
	channel_slots_leave(end);
}

static inline int events_send(struct channel_end *end, size_t bytes)
{
	const uint64_t one = 1;
	int error = channel_write_packet(end->fd_out, (const unsigned char *)&one, sizeof(one));

	(void)bytes;
	if (!error)
		channel_slots_sent(end);
	return error;
}

static inline int events_receive(struct channel_end *end, size_t bytes)
{
	uint64_t one;
	int error = channel_read_packet(end->fd_in, (unsigned char *)&one, sizeof(one), sizeof(one));

	(void)bytes;
	if (!error)
		channel_slots_received(end);
	return error;
}

CHANNEL_LOOPS(events);

const struct channel channel_memfd_futex = {
	.about = { "memfd+futex", "memory of a memfd, a futex each way in it",
		   CHANNEL_PROCESS | CHANNEL_THREAD },
	.state_bytes = sizeof(struct channel_slots),
	.open = futex_open,
	.enter = channel_slots_enter,
	.leave = channel_slots_leave,
	.close = channel_slots_close,
	CHANNEL_HOOKS(futex),
};

const struct channel channel_memfd_eventfd = {
	.about = { "memfd+eventfd", "memory of a memfd, an eventfd each way",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_POLLED },
	.state_bytes = sizeof(struct events),
	.open = events_open,
	.enter = events_enter,
	.leave = events_leave,
	.close = events_close,
	CHANNEL_HOOKS(events),
};
