/* SPDX-License-Identifier: MIT */
#include "channel/switch/ring-seat.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel/pair/pair.h"
#include "kernel/pages.h"
#include "kernel/raw-syscall.h"

void channel_ring_wake_all(uint32_t *futex)
{
	raw_syscall(SYS_futex, (long)futex, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

static int seat_init(struct channel_ring_seat *seat, const struct channel_ring_place *place)
{
	const uint32_t *stop = &place->shared->stop;
	int error = channel_end_init(&seat->in, place->config, place->state_in, 1, stop);

	if (!error)
		error = channel_end_init(&seat->out, place->config, place->state_out, 0, stop);
	return error ? error : channel_work_init(&seat->work, place->work, 1);
}

static int seat_enter(struct channel_ring_seat *seat, const struct channel *channel)
{
	int error = channel->enter(&seat->in);

	seat->has_in = !error;
	if (!error)
		error = channel->enter(&seat->out);
	seat->has_out = !error;
	return error;
}

int channel_ring_seat_open(const struct channel_ring_place *place,
			   struct channel_ring_seat **ret_seat)
{
	struct channel_ring_seat *seat = pages_take(sizeof(*seat));
	int error;

	*ret_seat = seat;
	if (!seat)
		return -ENOMEM;
	error = seat_init(seat, place);
	return error ? error : seat_enter(seat, place->channel);
}

void channel_ring_seat_close(struct channel_ring_seat *seat, const struct channel *channel)
{
	if (!seat)
		return;
	if (seat->has_out)
		channel->leave(&seat->out);
	if (seat->has_in)
		channel->leave(&seat->in);
	if (seat->in.buffers)
		channel_end_done(&seat->in);
	if (seat->out.buffers)
		channel_end_done(&seat->out);
	channel_work_done(&seat->work);
	pages_give(seat, sizeof(*seat));
}

void channel_ring_tell_counts(struct channel_ring_lane *lane,
			      const struct channel_ring_seat *seat)
{
	lane->sent = seat->out.sent;
	lane->sum_sent = seat->out.sum_sent;
	lane->received = seat->in.received;
	lane->sum_received = seat->in.sum_received;
	lane->kept = seat->work.kept;
	lane->touched = channel_work_touched(&seat->work);
}

static uint32_t wait_while(uint32_t *gate, uint32_t value)
{
	uint32_t now;

	while ((now = __atomic_load_n(gate, __ATOMIC_ACQUIRE)) == value)
		raw_syscall(SYS_futex, (long)gate, FUTEX_WAIT, value, 0, 0, 0);
	return now;
}

static int relay(const struct channel_ring_place *place, struct channel_ring_lane *lane,
		 struct channel_ring_seat *seat)
{
	uint32_t *gate = &place->shared->gate;
	int error;

	if (wait_while(gate, CHANNEL_RING_WAIT) == CHANNEL_RING_LEAVE)
		return 0;
	error = place->channel->relay(&seat->in, &seat->out, &seat->work);
	lane->error = error;
	channel_ring_tell_counts(lane, seat);
	/* Nobody leaves before the last message is home. */
	if (!error)
		wait_while(gate, CHANNEL_RING_RELAY);
	return error;
}

int channel_ring_relay(const struct channel_ring_place *place)
{
	struct channel_ring_lane *lane = &place->shared->lanes[place->number];
	struct channel_ring_seat *seat;
	int error;

	lane->tid = (int32_t)syscall(SYS_gettid);
	error = channel_ring_seat_open(place, &seat);
	lane->error = error;
	lane->has_refused = error != 0;
	__atomic_fetch_add(&place->shared->ready, 1, __ATOMIC_RELEASE);
	channel_ring_wake_all(&place->shared->ready);
	if (!error)
		error = relay(place, lane, seat);
	channel_ring_seat_close(seat, place->channel);
	return error;
}
