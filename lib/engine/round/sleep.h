/* SPDX-License-Identifier: MIT */
/*
 * engine/round/sleep - the sleep workload: tasks that wait, and nothing else.
 *
 * A round is one run of job->depth waits.  They all begin at once, a lane each; or,
 * with an engine that has one request at a time, one after another in its lane.
 * There is no file and nothing to warm up; each wait is timed.
 *
 * For the steps of engine/round/round.c and engine/round/proof.c.
 */
#ifndef HANDOFF_ENGINE_SLEEP_H
#define HANDOFF_ENGINE_SLEEP_H

#include "engine/round/context.h"

/* What the context's configuration is for this workload, whatever it was for a file. */
void engine_sleep_configure(struct engine_context *context);

struct engine_lanes_plan engine_sleep_lanes(const struct engine_context *context);

/* As many waits as tasks were asked for, and none that ended early. */
void engine_sleep_prove(struct engine_context *context, const struct engine_edge *before,
			const struct engine_edge *after);

/* KiB of this process, counted page by page; 0 with another workload: nobody asks. */
double engine_sleep_memory_kib(const struct engine_context *context);

/* From the first beginning to the last end; the memory that opening and waiting took. */
void engine_sleep_tell(struct engine_context *context, const struct timing *timing,
		       const struct engine_edge *before, const struct engine_edge *after);

#endif
