/* SPDX-License-Identifier: MIT */
/*
 * engine/round/context - one round of one engine, on its way from step to step.
 *
 * What the steps of engine/round/round.c hand on to each other.  What fails is told in
 * the round, by the step that failed.
 */
#ifndef HANDOFF_ENGINE_CONTEXT_H
#define HANDOFF_ENGINE_CONTEXT_H

#include <string.h>

#include "engine/round/job.h"
#include "engine/round/lanes.h"
#include "engine/round/service.h"
#include "kernel/task-usage.h"
#include "measure/round.h"
#include "measure/timing.h"

struct engine_context {
	const struct engine_job *job;
	const struct engine *engine;
	struct round *round;
	struct histogram_pair **pairs;     /* one a series; the caller's to free */
	struct engine_config config;
	struct engine_lanes lanes;
	struct engine_pace *pace;  /* NULL: a closed loop */
	void *state;
	double memory_kib;         /* that open() took, of a sleep's engine */
	double ramp_ns;            /* from the first request to the window */
	bool is_steady;            /* what the ramp has come to */
	struct engine_service service;     /* of sockets; zeroed else */
};

static inline bool engine_context_has(const struct engine_context *context, unsigned int traits)
{
	return context->engine->about.traits & traits;
}

static inline bool engine_context_writes(const struct engine_context *context)
{
	return context->config.operation == ENGINE_WRITE;
}

/* Then there is no file, and no cache. */
static inline bool engine_context_sleeps(const struct engine_context *context)
{
	return context->config.operation == ENGINE_SLEEP;
}

static inline bool engine_context_is_cache(const struct engine_context *context, const char *cache)
{
	return !strcmp(context->job->cache, cache);
}

/* Why this cannot be measured, whatever the machine; NULL: it can be tried. */
const char *engine_contradiction(const struct engine_context *context);

/*
 * What stands at an edge of the window: of this process with all that the kernel
 * made for it (io-wq, pollers), and of the engine's own processes.
 */
struct engine_edge {
	double cpu_ns, switches;
	double thread_cpu_ns;      /* of the thread that calls run() alone */
	uint64_t begun, ended;
	struct engine_facts facts;
	int64_t cached_pages;
	uint64_t ticks;
	int cpu;
	double workers, workers_on_cpus;   /* threads of the kernel's for a ring (io-wq) */
	double memory_kib;         /* of this process, with a sleep; -1: unknown */
	struct engine_service_edge service;
};

/* What reading costs itself stays outside: what is ours is read last of all before the
 * window, and first of all after it. */
void engine_edge_read(const struct engine_context *context, bool is_after, struct engine_edge *ret);

/* By which it is told what was lost (measure/lost-time.h). */
struct engine_lost_edge {
	struct task_usage own;     /* of this process, all threads */
	double steal_ns;           /* of the seat's CPUs */
	size_t threads;            /* of this process */
};

/* Read outside of the edges above. */
void engine_lost_edge_read(const struct engine_context *context, bool is_after,
			   struct engine_lost_edge *ret);

/* What was lost between the edges. */
void engine_tell_lost(struct engine_context *context, const struct engine_lost_edge lost[2],
		      const struct engine_edge *before, const struct engine_edge *after);

/* Proofs, series and figures of the window between the edges. */
void engine_prove(struct engine_context *context, const struct timing *timing,
		  const struct engine_edge *before, const struct engine_edge *after);
void engine_tell(struct engine_context *context, const struct timing *timing,
		 const struct engine_edge *before, const struct engine_edge *after);

#endif
