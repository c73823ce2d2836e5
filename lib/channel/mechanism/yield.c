/* SPDX-License-Identifier: MIT */
/* yield: two tasks on one CPU that give way to each other, sched_yield(2). */
#include <errno.h>
#include <sched.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"

/* Nothing is passed, so that nothing must be counted as passed: the kernel counts switches. */
static inline int yield_send(struct channel_end *end, size_t bytes)
{
	(void)bytes;
	end->sent = end->received = 0;
	return sched_yield() ? -errno : 0;
}

static inline int yield_receive(struct channel_end *end, size_t bytes)
{
	(void)end, (void)bytes;
	return 0;
}

static int yield_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)state, (void)config, (void)ret_reason;
	return 0;
}

static int yield_enter(struct channel_end *end)
{
	(void)end;
	return 0;
}

static void yield_leave(struct channel_end *end)
{
	(void)end;
}

static void yield_close(void *state)
{
	(void)state;
}

static int yield_ping(struct channel_end *end, uint64_t n)
{
	int error = 0;

	while (n-- && !error)
		error = yield_send(end, 0);
	return error;
}

static int yield_pong(struct channel_end *end)
{
	int error = 0;

	while (!error && !channel_is_last(end))
		error = yield_send(end, 0);
	return error;
}

static int yield_pour(struct channel_end *end, uint64_t n)
{
	return yield_ping(end, n);
}

static int yield_twin(struct channel_end *a, struct channel_end *b, uint64_t n)
{
	int error = yield_ping(a, n);

	return error ? error : yield_ping(b, n);
}

const struct channel channel_yield = {
	.about = { "yield", "sched_yield(2): two tasks that give way to each other",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_TOKEN | CHANNEL_SWITCH |
		   CHANNEL_OWN_CPU | CHANNEL_PAIR_ONLY },
	.open = yield_open,
	.enter = yield_enter,
	.leave = yield_leave,
	.close = yield_close,
	.send = yield_send,
	.receive = yield_receive,
	.ping = yield_ping,
	.pong = yield_pong,
	.pour = yield_pour,
	.drain = yield_pong,
	.twin = yield_twin,
};
