/* SPDX-License-Identifier: MIT */
/*
 * engine/timers - when the waits of lanes end, the earliest first: the heap of an event loop.
 *
 * Room for one timer a lane, made by init(): 0 or -ENOMEM; done() takes a zeroed
 * one.  Nothing is allocated after that, and no clock is read here.  Of timers
 * that end at once any may be the first.  One owner, one thread.
 */
#ifndef HANDOFF_ENGINE_TIMERS_H
#define HANDOFF_ENGINE_TIMERS_H

#include <stdint.h>

struct engine_lane;

struct engine_timer {
	uint64_t end_ns;           /* of the clock that the caller goes by */
	struct engine_lane *lane;
};

struct engine_timers {
	struct engine_timer *heap; /* none ends before the one above it, at (i - 1) / 2 */
	uint32_t count, room;
};

int engine_timers_init(struct engine_timers *ret, uint32_t room);
void engine_timers_done(struct engine_timers *timers);

/* There is room. */
void engine_timers_add(struct engine_timers *timers, uint64_t end_ns, struct engine_lane *lane);

/* There is one; it is gone from the heap then. */
struct engine_lane *engine_timers_take(struct engine_timers *timers);

/* There is one: when the first ends. */
static inline uint64_t engine_timers_first_ns(const struct engine_timers *timers)
{
	return timers->heap[0].end_ns;
}

#endif
