/* SPDX-License-Identifier: MIT */
#include "channel/pair/one-way.h"

#include <errno.h>

#include "measure/clock-skew.h"

#define MESSAGES_LEAST 5
#define SKEW_TRIES 3

int channel_skew_bound(int cpu_a, int cpu_b, double *ret_bound_ticks)
{
	*ret_bound_ticks = 0;
	/* What comes in between makes the bound wider only: the best of some tries holds. */
	for (int try = 0; try < SKEW_TRIES && cpu_a != cpu_b; try++) {
		int64_t there, back;
		int error = clock_skew_measure(cpu_a, cpu_b, &there, &back);
		double bound;

		if (error)
			return error;
		if (there < 0 || back < 0)
			return -ERANGE;
		bound = (double)(there > back ? there : back);
		if (!try || bound < *ret_bound_ticks)
			*ret_bound_ticks = bound;
	}
	return 0;
}

static size_t messages_of(const struct timed *timed, const struct timing *timing)
{
	double each = timing->operation_ticks > 1 ? timing->operation_ticks : 1;
	double wanted = (double)timed->window_ns / timed->clock.ns_per_tick / each;
	size_t most = timing->sample.capacity < CHANNEL_STAMPS ? timing->sample.capacity
							       : CHANNEL_STAMPS;

	if (wanted < MESSAGES_LEAST)
		wanted = MESSAGES_LEAST;
	return wanted < (double)most ? (size_t)wanted : most;
}

/* The answer has come after the stamp was written: it is there to be read. */
int channel_one_way_measure(const struct timed *timed, struct channel_pair *pair,
			    struct timing *timing)
{
	size_t count = messages_of(timed, timing);
	int error = 0;

	timing->is_batch = false;
	timing->sample.operations = NULL;
	timing->sample.count = 0;
	timing->overhead = timing->region_overhead;
	timing->begin = clock_start(timed->clock.source);
	while (timing->sample.count < count && !error) {
		uint64_t message = pair->end->sent % CHANNEL_STAMPS;
		uint64_t begin = clock_start(timed->clock.source);

		error = timed->run(timed->state, 1);
		timing->sample.ticks[timing->sample.count++] =
			(int64_t)(pair->lane->stamps[message] - begin);
	}
	timing->operations_done = timing->sample.count;
	timing->end = clock_stop(timed->clock.source);
	return error;
}
