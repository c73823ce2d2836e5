/* SPDX-License-Identifier: MIT */
/*
 * engine/round/window - measures the window of an engine: one run, timed while it is full.
 *
 * A run begins with nothing in flight and ends so: were it timed from end to end,
 * a depth of 32 would be measured as one of 30.  So the requests are cut into parts,
 * each several times the depth, and the times at which the first request of a part
 * is taken are kept (engine/lane.h): from one to the next the depth is in flight.
 * Left out are the first quarter, in which tasks wake and lanes fill up, and the
 * last part, in which they run empty.
 *
 * Who takes the first request of a part may be preempted before it has read the clock,
 * and others go on: a mark that is not before the next one's is left out, and the two
 * parts are one region.
 *
 * timing->sample has the parts that are left, as regions in ticks; begin, end and
 * operations_done are those of the whole run.  As many requests as the window has
 * room for, but at least 64 a lane, or 4 of those that take so long.  0, the error
 * of timed->run, or -ENODATA where an engine does not take its requests from lanes.
 */
#ifndef HANDOFF_ENGINE_WINDOW_H
#define HANDOFF_ENGINE_WINDOW_H

#include "engine/round/lanes.h"
#include "measure/timing.h"

/* lanes: those that timed->run(timed->state, n) takes n requests from. */
int engine_window_measure(const struct timed *timed, struct engine_lanes *lanes,
			  struct timing *timing);

/*
 * The regions between the marks of the load's parts, the last one first.  -ENODATA
 * where a mark is missing, or none is before another.
 */
int engine_window_keep(const struct engine_load *load, uint32_t parts, struct timing *timing);

/* Requests of a window, a lane: a power of two below 32, or a multiple of 32. */
uint64_t engine_window_per_lane(double window_ns, double request_ns, uint32_t lanes);

#endif
