/* SPDX-License-Identifier: MIT */
#include "engine-window.h"

#include <errno.h>

/* A lane's share of a run is a whole number of requests (engine-lanes.c). */
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

/* Regions of the sample, from the mark of one part to that of the next. */
static int keep_parts(const struct engine_load *load, uint32_t parts, struct timing *timing)
{
	struct sample *sample = &timing->sample;

	for (uint32_t part = parts / 4; part + 1 < parts; part++) {
		uint64_t begin = load->marks[part], end = load->marks[part + 1];

		if (!begin || !end)
			return -ENODATA;
		sample->ticks[sample->count] = (int64_t)(end - begin);
		timing->operations[sample->count++] = (uint32_t)load->mark_every;
	}
	return 0;
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
		error = keep_parts(lanes->load, parts, timing);
	engine_lanes_mark(lanes, 0);
	return error;
}
