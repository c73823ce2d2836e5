/* SPDX-License-Identifier: MIT */
#include "channel/pair/set-up.h"

#include <errno.h>
#include <string.h>

#include "channel/loops.h"
#include "channel/pair/pair.h"
#include "kernel/pages.h"

int channel_set_up_init(struct channel_set_up *set_up)
{
	int error = 0;

	/* Both ends are this task's. */
	set_up->config.is_process = false;
	set_up->state = pages_take(set_up->channel->state_bytes + 1);
	if (!set_up->state)
		return -ENOMEM;
	for (int side = 0; side < 2 && !error; side++) {
		set_up->ends[side] = pages_take(sizeof(struct channel_end));
		error = !set_up->ends[side]
			? -ENOMEM
			: channel_end_init(set_up->ends[side], &set_up->config, set_up->state, side,
					   &set_up->stop);
	}
	return error;
}

/* As new, but for the buffers. */
static void renew(struct channel_set_up *set_up)
{
	memset(set_up->state, 0, set_up->channel->state_bytes);
	for (int side = 0; side < 2; side++)
		channel_end_reset(set_up->ends[side]);
}

static int pass_one(struct channel_set_up *set_up)
{
	struct channel_end *here = set_up->ends[0], *there = set_up->ends[1];
	size_t bytes = set_up->config.message_bytes;
	int error;

	channel_write_message(here, bytes);
	error = set_up->channel->send(here, bytes);
	if (!error)
		error = set_up->channel->receive(there, bytes);
	if (error)
		return error;
	if (set_up->channel->about.traits & CHANNEL_NULL)
		there->in = here->out;
	channel_read_message(there, bytes);
	set_up->received++;
	set_up->agreed += here->sum_sent == there->sum_received;
	return 0;
}

static int use_open(struct channel_set_up *set_up)
{
	const struct channel *channel = set_up->channel;
	int error = channel->enter(set_up->ends[0]);

	if (error)
		return error;
	error = channel->enter(set_up->ends[1]);
	if (!error) {
		error = pass_one(set_up);
		channel->leave(set_up->ends[1]);
	}
	channel->leave(set_up->ends[0]);
	return error;
}

int channel_set_up_run(void *argument, uint64_t n)
{
	struct channel_set_up *set_up = argument;
	int error = 0;

	while (n-- && !error) {
		renew(set_up);
		error = set_up->channel->open(set_up->state, &set_up->config, set_up->reason);
		if (error)
			return error;
		set_up->opened++;
		error = use_open(set_up);
		set_up->channel->close(set_up->state);
	}
	return error;
}

void channel_set_up_done(struct channel_set_up *set_up)
{
	for (int side = 0; side < 2; side++) {
		if (set_up->ends[side])
			channel_end_done(set_up->ends[side]);
		pages_give(set_up->ends[side], sizeof(struct channel_end));
	}
	pages_give(set_up->state, set_up->channel->state_bytes + 1);
}
