/* SPDX-License-Identifier: MIT */
#include "channel/pair/paced.h"

#include <math.h>
#include <time.h>

#include "statistics/arrivals.h"

/* A sleep overshoots by the timer slack and the wake-up: so much is spun instead. */
#define SPIN_NS 150000
/* What it may be late by: a share of the interval, and what no loop can do better. */
#define LATE_SHARE 0.1
#define LATE_NS 500
#define MESSAGES_LEAST 5

static void wait_until(const struct timed *timed, double due)
{
	double left_ns = (due - (double)clock_start(timed->clock.source)) * timed->clock.ns_per_tick;

	if (left_ns > 2 * SPIN_NS) {
		double pause_ns = left_ns - SPIN_NS;
		struct timespec pause = { (time_t)(pause_ns / 1e9), (long)fmod(pause_ns, 1e9) };

		nanosleep(&pause, NULL);
	}
	while ((double)clock_start(timed->clock.source) < due)
		;
}

static size_t messages_of(const struct timed *timed, const struct channel_pace *pace,
			  const struct timing *timing)
{
	double wanted = (double)timed->window_ns / 1e9 * (double)pace->rate;

	if (wanted < MESSAGES_LEAST)
		wanted = MESSAGES_LEAST;
	return wanted < (double)timing->sample.capacity ? (size_t)wanted : timing->sample.capacity;
}

int channel_paced_measure(const struct timed *timed, struct channel_pace *pace,
			  struct timing *timing)
{
	double mean = 1e9 / (double)pace->rate / timed->clock.ns_per_tick, due, done;
	size_t count = messages_of(timed, pace, timing);
	double late = fmax(LATE_SHARE * mean, LATE_NS / timed->clock.ns_per_tick);
	uint64_t random = timed->seed;
	int error = 0;

	timing->is_batch = false;
	timing->sample.operations = NULL;
	timing->sample.count = 0;
	timing->overhead = timing->region_overhead;
	timing->begin = clock_start(timed->clock.source);
	done = due = (double)timing->begin;
	while (timing->sample.count < count && !error) {
		due += arrivals_next(pace->is_poisson, mean, &random);
		wait_until(timed, due);
		if (done < due)
			pace->late += (double)clock_start(timed->clock.source) - due > late;
		error = timed->run(timed->state, 1);
		done = (double)clock_stop(timed->clock.source);
		timing->sample.ticks[timing->sample.count++] = (int64_t)(done - due);
	}
	timing->operations_done = timing->sample.count;
	timing->end = clock_stop(timed->clock.source);
	return error;
}
