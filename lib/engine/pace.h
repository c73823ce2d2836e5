/* SPDX-License-Identifier: MIT */
/*
 * engine/pace - requests that are due at times of their own: an open loop.
 *
 * Request i of a run is due at a time that does not depend on the others.  It is
 * begun then if a lane is idle, else when one gets idle; none is left out.  Kept are
 * its response, from when it was due to when its end was known, and its own time,
 * from when it was begun.  What a closed loop leaves out (G. Tene's coordinated
 * omission), the wait for a lane, is the difference.
 *
 * Who has nothing else to do sleeps until the next is due, by engine_pace_await();
 * who waits for ends too, waits for both, as long as engine_take_now() says
 * (engine/lane.h).  Nobody spins: a CPU that is burnt while waiting would be counted
 * as the engine's.  Sleeps end late, and more so than 50 us where PR_SET_TIMERSLACK
 * was left as it is.  Late is what was begun later than a tenth of the mean interval,
 * and 500 ns, although a lane had been ready: that is ours, and counted.
 *
 * Memory is shared with processes that are forked later; init() to done() by one
 * owner, who lets no run take requests meanwhile.  0 or -errno.
 */
#ifndef HANDOFF_ENGINE_PACE_H
#define HANDOFF_ENGINE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/clock.h"

struct engine_pace {
	struct clock clock;
	uint64_t count;            /* requests of the run */
	uint64_t *due;             /* ticks, of each request */
	int64_t *response;         /* ticks, from due to end; -1: it has not ended */
	int64_t *request;          /* ticks, from begin to end */
	uint64_t late_ticks;
	size_t bytes;              /* of the memory that begins here */
	_Alignas(128) uint64_t late;
	_Alignas(128) uint64_t awaited;    /* the request after that which a lane waited for last */
};

struct engine_pace_plan {
	struct clock clock;
	uint64_t rate;             /* requests a second */
	bool is_poisson;
	uint64_t count, seed;
};

/* -ENOMEM. */
int engine_pace_init(struct engine_pace **ret, const struct engine_pace_plan *plan);
void engine_pace_done(struct engine_pace *pace);

/* Ticks from when the first is due on are counted from begin. */
void engine_pace_begin(struct engine_pace *pace, const struct engine_pace_plan *plan,
		       uint64_t begin);

/* Until request i is due; at once if it is. */
void engine_pace_await(struct engine_pace *pace, uint64_t i);

/* So long, or until a signal comes. */
void engine_pace_sleep(int64_t ns);

/* ns until request i is due; 0: it is. */
static inline int64_t engine_pace_left_ns(const struct engine_pace *pace, uint64_t i)
{
	uint64_t now = clock_start(pace->clock.source);

	return now >= pace->due[i]
		? 0 : (int64_t)((double)(pace->due[i] - now) * pace->clock.ns_per_tick) + 1;
}

/* A lane was ready for request i, and begins it now. */
static inline void engine_pace_begun(struct engine_pace *pace, uint64_t i)
{
	if (clock_start(pace->clock.source) - pace->due[i] > pace->late_ticks)
		__atomic_fetch_add(&pace->late, 1, __ATOMIC_RELAXED);
}

static inline void engine_pace_ended(struct engine_pace *pace, uint64_t i, uint64_t begin,
				     uint64_t end)
{
	pace->response[i] = (int64_t)(end - pace->due[i]);
	pace->request[i] = (int64_t)(end - begin);
}

#endif
