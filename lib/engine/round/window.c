/* SPDX-License-Identifier: MIT */
#include "engine/round/window.h"

#include <errno.h>

/* A lane's share of a run is a whole number of requests (engine/round/lanes.c). */
#define STEP ENGINE_SHARES_PER_LANE
#define PER_LANE_LEAST 64
/* What would take longer than this has fewer requests. */
#define LEAST_TAKES_NS 1e9
#define PER_LANE_FEWEST 4

/* Each of 64 requests or more has as many as the window asks for. */
uint64_t engine_window_per_lane(double window_ns, double request_ns, uint32_t lanes)
{
	double each_ns = (request_ns > 1 ? request_ns : 1) * lanes;
	double wanted = window_ns / each_ns;
	uint64_t count = PER_LANE_LEAST;

	if (wanted > PER_LANE_LEAST)
		return ((uint64_t)wanted + STEP - 1) / STEP * STEP;
	while (count > PER_LANE_FEWEST && (double)count * each_ns > LEAST_TAKES_NS)
		count /= 2;
	return count;
}

static int find_unmarked(const uint64_t *marks, uint32_t parts)
{
	for (uint32_t part = parts / 4; part < parts; part++)
		if (!marks[part])
			return -ENODATA;
	return 0;
}

/* Backwards, so that a late mark is known by the next one that is not. */
int engine_window_keep(const struct engine_load *load, uint32_t parts, struct timing *timing)
{
	struct sample *sample = &timing->sample;
	uint32_t end = parts - 1;
	int error = find_unmarked(load->marks, parts);

	sample->count = 0;
	for (uint32_t part = end; !error && part-- > parts / 4; ) {
		if (load->marks[part] >= load->marks[end])
			continue;
		sample->ticks[sample->count] = (int64_t)(load->marks[end] - load->marks[part]);
		timing->operations[sample->count++] = (uint32_t)((end - part) * load->mark_every);
		end = part;
	}
	return error ? error : sample->count ? 0 : -ENODATA;
}

int engine_window_measure(const struct timed *timed, struct engine_lanes *lanes,
			  struct timing *timing)
{
	uint64_t per_lane = engine_window_per_lane((double)timed->window_ns,
						   timing->operation_ticks * timed->clock.ns_per_tick,
						   lanes->count);
	uint32_t parts = per_lane < ENGINE_MARKS ? (uint32_t)per_lane : ENGINE_MARKS;
	int error;

	timing->is_batch = true;
	timing->sample.operations = timing->operations;
	timing->sample.count = 0;
	engine_lanes_mark(lanes, per_lane / parts * lanes->count);
	timing->begin = clock_start(timed->clock.source);
	error = timed->run(timed->state, per_lane * lanes->count);
	timing->end = clock_stop(timed->clock.source);
	timing->operations_done = per_lane * lanes->count;
	if (!error)
		error = engine_window_keep(lanes->load, parts, timing);
	engine_lanes_mark(lanes, 0);
	return error;
}
