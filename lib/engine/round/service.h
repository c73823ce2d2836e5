/* SPDX-License-Identifier: MIT */
/*
 * engine/round/service - a round whose requests are messages to an engine's server.
 *
 * The server is a process of its own on the job's cpu_b; the worker itself is the
 * generator, on cpu_a, so that what one window cost is counted apart.  open() wants
 * lanes; what fails is told in the round.  run() makes n requests; close() takes a
 * zeroed struct.
 *
 * An edge of the window (engine/round/context.h) then counts the server: CPU time and
 * switches of all its tasks, io-wq included.
 */
#ifndef HANDOFF_ENGINE_SERVICE_H
#define HANDOFF_ENGINE_SERVICE_H

#include "engine/round/server-process.h"
#include "engine/round/socket-generator.h"
#include "kernel/task-usage.h"

struct engine_context;
struct engine_edge;
struct timing;

struct engine_service {
	struct engine_server_process process;
	struct socket_generator generator;
};

/* What an edge has of a service, beside what it has of every engine. */
struct engine_service_edge {
	/* Of the generator's: before and after the edge itself was read. */
	double cpu_ns_before, cpu_ns_after;
	double tasks, tasks_on_cpu;            /* of the server's, and where they ran last */
	struct task_usage usage;               /* all of them, summed up */
	uint64_t served;
	uint32_t active;                       /* connections with answers since the last edge */
};

/* Whether the job wants one. */
bool engine_service_is_wanted(const struct engine_context *context);

/* Before there are lanes: whether the messages of both sides fit into memory. */
int engine_service_check(struct engine_context *context);

int engine_service_open(struct engine_context *context);
int engine_service_run(struct engine_context *context, uint64_t n);
void engine_service_close(struct engine_context *context);

void engine_service_edge_read(const struct engine_context *context, struct engine_edge *ret);
void engine_service_prove(struct engine_context *context, const struct timing *timing,
			  const struct engine_edge *before, const struct engine_edge *after);
void engine_service_tell(struct engine_context *context, const struct timing *timing,
			 const struct engine_edge *before, const struct engine_edge *after);

#endif
