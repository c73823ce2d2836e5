/* SPDX-License-Identifier: MIT */
/*
 * engine/round/lanes - the lanes of an engine, their buffers and their samples.
 *
 * All of it is shared with processes that are forked later, touched beforehand
 * and one owner's: done() takes a zeroed struct.  The load begins with no
 * requests; begin() asks for the next ones, count of them, from the number that
 * follows the last.  Between two runs only.
 */
#ifndef HANDOFF_ENGINE_LANES_H
#define HANDOFF_ENGINE_LANES_H

#include "engine/lane.h"

/* A lane comes back for more so often in a run: rarely, and yet all end together. */
#define ENGINE_SHARES_PER_LANE 32

struct engine_lanes {
	struct engine_load *load;
	struct engine_lane *lanes;
	uint32_t count;
	size_t bytes;              /* of the memory that begins at load */
};

struct engine_lanes_plan {
	uint32_t count;
	size_t block_bytes;
	size_t samples;            /* that each lane has room for */
};

/* 0 or -ENOMEM. */
int engine_lanes_init(struct engine_lanes *ret, const struct engine_lanes_plan *plan);
void engine_lanes_done(struct engine_lanes *lanes);

/* Blocks of the file, scattered or in order. */
void engine_lanes_aim(struct engine_lanes *lanes, uint64_t blocks, bool is_scattered);

void engine_lanes_begin(struct engine_lanes *lanes, uint64_t count);

/* The same for so many requests of each lane's own: none takes another's. */
void engine_lanes_begin_each(struct engine_lanes *lanes, uint64_t each);

/* Times are kept at every so manieth request of the next run, a multiple of its share;
 * 0: at none.  A run has ENGINE_MARKS of them at most. */
void engine_lanes_mark(struct engine_lanes *lanes, uint64_t every);

/* Requests of the next runs are due at times of their own, and each is timed. */
void engine_lanes_pace(struct engine_lanes *lanes, struct engine_pace *pace);

/* Forgets what has been timed so far. */
void engine_lanes_clear(struct engine_lanes *lanes);

/* Requests of all lanes and runs. */
uint64_t engine_lanes_begun(const struct engine_lanes *lanes);
uint64_t engine_lanes_ended(const struct engine_lanes *lanes);

#endif
