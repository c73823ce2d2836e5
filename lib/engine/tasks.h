/* SPDX-License-Identifier: MIT */
/*
 * engine/tasks - threads or processes of an engine, that work when they are told to.
 *
 * begin() makes count of them, waiting; run() has each do work(context, index) once
 * and returns when all have, with the first error of any; end() ends them and takes
 * a zeroed struct, also a half-made one.  run() is start() and wait(): between the
 * two the caller has a part of his own.  What they need is made before begin():
 * processes have copies of it, and share what is shared memory.
 *
 * Processes end with their maker, by whatever signal.  One that dies, or is
 * stopped, during run() is -ECHILD there, within a second.  0 or -errno; -EAGAIN of
 * begin() is a limit, said in ret_reason (ENGINE_REASON_BYTES).  One owner, one thread.
 */
#ifndef HANDOFF_ENGINE_TASKS_H
#define HANDOFF_ENGINE_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

struct engine_task;
struct engine_tasks_board;

struct engine_tasks {
	/* The caller's, before begin(). */
	uint32_t count;
	bool is_process;
	int (*work)(void *context, uint32_t index);
	void *context;
	/* The tasks's own. */
	struct engine_tasks_board *board;   /* shared memory */
	size_t board_bytes;
	uint32_t made;
};

int engine_tasks_begin(struct engine_tasks *tasks, char *ret_reason);
int engine_tasks_run(struct engine_tasks *tasks);
void engine_tasks_start(struct engine_tasks *tasks);
int engine_tasks_wait(struct engine_tasks *tasks);
void engine_tasks_end(struct engine_tasks *tasks);

/* CPU time and switches of the tasks's processes so far; -1: it has none. */
double engine_tasks_cpu_ns(const struct engine_tasks *tasks);
double engine_tasks_switches(const struct engine_tasks *tasks);

/* Memory that the tasks's processes have beside ours: what they share is divided. */
double engine_tasks_memory_kib(const struct engine_tasks *tasks);

#endif
