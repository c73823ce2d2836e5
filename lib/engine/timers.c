/* SPDX-License-Identifier: MIT */
#include "engine/timers.h"

#include <errno.h>
#include <string.h>

#include "kernel/pages.h"

int engine_timers_init(struct engine_timers *ret, uint32_t room)
{
	size_t bytes = room * sizeof(*ret->heap);

	*ret = (struct engine_timers){ .heap = pages_take(bytes), .room = room };
	if (!ret->heap)
		return -ENOMEM;
	/* Touched here: no page of it is met for the first time in a window. */
	memset(ret->heap, 0xff, bytes);
	return 0;
}

void engine_timers_done(struct engine_timers *timers)
{
	pages_give(timers->heap, timers->room * sizeof(*timers->heap));
	timers->heap = NULL;
}

void engine_timers_add(struct engine_timers *timers, uint64_t end_ns, struct engine_lane *lane)
{
	struct engine_timer *heap = timers->heap;
	uint32_t at = timers->count++;

	for (uint32_t above; at && heap[above = (at - 1) / 2].end_ns > end_ns; at = above)
		heap[at] = heap[above];
	heap[at] = (struct engine_timer){ end_ns, lane };
}

/* Of the two below, the one that ends first; as many as count if there is none. */
static uint32_t first_below(const struct engine_timers *timers, uint32_t at)
{
	uint32_t left = 2 * at + 1, right = left + 1;

	if (left >= timers->count)
		return timers->count;
	return right < timers->count && timers->heap[right].end_ns < timers->heap[left].end_ns
		? right : left;
}

struct engine_lane *engine_timers_take(struct engine_timers *timers)
{
	struct engine_timer *heap = timers->heap;
	struct engine_lane *lane = heap[0].lane;
	struct engine_timer last = heap[--timers->count];
	uint32_t at = 0, below;

	while ((below = first_below(timers, at)) < timers->count &&
	       heap[below].end_ns < last.end_ns) {
		heap[at] = heap[below];
		at = below;
	}
	heap[at] = last;
	return lane;
}
