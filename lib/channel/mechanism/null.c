/* SPDX-License-Identifier: MIT */
/* null: no message, no other side; what the harness itself costs. */
#include "channel/loops.h"
#include "channel/mechanism/list.h"

static inline int null_send(struct channel_end *end, size_t bytes)
{
	(void)end, (void)bytes;
	return 0;
}

/* Its own message comes back, so that the sums agree with nobody there. */
static inline int null_receive(struct channel_end *end, size_t bytes)
{
	(void)bytes;
	end->in = end->out;
	return 0;
}

static int null_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)state, (void)config, (void)ret_reason;
	return 0;
}

static int null_enter(struct channel_end *end)
{
	(void)end;
	return 0;
}

static void null_leave(struct channel_end *end)
{
	(void)end;
}

static void null_close(void *state)
{
	(void)state;
}

CHANNEL_LOOPS(null);

const struct channel channel_null = {
	.about = { "null", "no message at all: what the harness itself costs",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_NULL | MECHANISM_YARDSTICK |
		   MECHANISM_FLOOR },
	.open = null_open,
	.enter = null_enter,
	.leave = null_leave,
	.close = null_close,
	CHANNEL_HOOKS(null),
};
