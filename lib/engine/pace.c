/* SPDX-License-Identifier: MIT */
#include "engine/pace.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "statistics/arrivals.h"

/* What a request may be late by: a share of the interval, and what no loop can do better. */
#define LATE_SHARE 0.1
#define LATE_NS 500

int engine_pace_init(struct engine_pace **ret, const struct engine_pace_plan *plan)
{
	size_t bytes = sizeof(struct engine_pace) + plan->count * 3 * sizeof(int64_t);
	struct engine_pace *pace = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (pace == MAP_FAILED)
		return -ENOMEM;
	/* MAP_POPULATE may come short without a word. */
	memset(pace, 0, bytes);
	pace->clock = plan->clock;
	pace->bytes = bytes;
	pace->count = plan->count;
	pace->due = (uint64_t *)(pace + 1);
	pace->response = (int64_t *)(pace->due + plan->count);
	pace->request = pace->response + plan->count;
	*ret = pace;
	return 0;
}

void engine_pace_done(struct engine_pace *pace)
{
	if (pace)
		munmap(pace, pace->bytes);
}

void engine_pace_begin(struct engine_pace *pace, const struct engine_pace_plan *plan,
		       uint64_t begin)
{
	double mean = 1e9 / (double)plan->rate / plan->clock.ns_per_tick, at = 0;
	uint64_t random = plan->seed;

	for (uint64_t i = 0; i < pace->count; i++) {
		pace->due[i] = begin + (uint64_t)at;
		pace->response[i] = pace->request[i] = -1;
		at += arrivals_next(plan->is_poisson, mean, &random);
	}
	pace->late_ticks = (uint64_t)fmax(LATE_SHARE * mean, LATE_NS / plan->clock.ns_per_tick);
	pace->late = pace->awaited = 0;
}

void engine_pace_sleep(int64_t ns)
{
	struct timespec pause = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	nanosleep(&pause, NULL);
}

void engine_pace_await(struct engine_pace *pace, uint64_t i)
{
	int64_t left = engine_pace_left_ns(pace, i);

	if (!left)
		return;
	for (; left; left = engine_pace_left_ns(pace, i))
		engine_pace_sleep(left);
	engine_pace_begun(pace, i);
}
