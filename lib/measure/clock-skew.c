/* SPDX-License-Identifier: MIT */
#include "measure/clock-skew.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#include "kernel/affinity.h"
#include "kernel/clock.h"

#define EXCHANGES 2000
#define PATIENCE_NS 50000000u

/* Each side writes its own line: a stamp, never 0, and the round it is of. */
struct side {
	_Alignas(256) _Atomic uint64_t stamp;
	int64_t least;
	int cpu;
	int error;
	bool is_first;
	struct side *other;
};

/* 0 when the other side has gone silent. */
static uint64_t wait_for_stamp(struct side *other, uint64_t last)
{
	uint64_t deadline = clock_raw_ns() + PATIENCE_NS, stamp;

	for (unsigned int look = 1; (stamp = other->stamp) == last; look++)
		if (look % 4096 == 0 && clock_raw_ns() > deadline)
			return 0;
	return stamp;
}

static void exchange(struct side *side)
{
	uint64_t last = 0;

	for (int i = 0; i < EXCHANGES; i++) {
		int64_t difference;

		if (side->is_first)
			side->stamp = clock_stop(CLOCK_TICKS);
		last = wait_for_stamp(side->other, last);
		if (!last) {
			side->error = -ETIMEDOUT;
			return;
		}
		difference = (int64_t)(clock_stop(CLOCK_TICKS) - last);
		if (difference < side->least)
			side->least = difference;
		if (!side->is_first)
			side->stamp = clock_stop(CLOCK_TICKS);
	}
}

static void *side_main(void *argument)
{
	struct side *side = argument;

	side->error = affinity_set(side->cpu, side->cpu);
	if (!side->error)
		exchange(side);
	return NULL;
}

int clock_skew_measure(int cpu_a, int cpu_b, int64_t *ret_there, int64_t *ret_back)
{
	struct side a = { .cpu = cpu_a, .is_first = true, .least = INT64_MAX };
	struct side b = { .cpu = cpu_b, .least = INT64_MAX };
	pthread_t first, second;
	int error;

	a.other = &b;
	b.other = &a;
	error = pthread_create(&first, NULL, side_main, &a);
	if (error)
		return -error;
	error = pthread_create(&second, NULL, side_main, &b);
	pthread_join(first, NULL);
	if (error)
		return -error;
	pthread_join(second, NULL);
	*ret_there = b.least;
	*ret_back = a.least;
	return a.error ? a.error : b.error;
}
