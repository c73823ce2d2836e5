/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/tasks - the tasks of one creator, in memory that children share.
 *
 * Those of executed targets lie in a memfd, which a target reaches by its
 * descriptor (handed down on purpose, the only one) and its task's offset: both
 * stand in the arguments made here.  Held targets wait in read(2) at a pipe.
 * Others lie in shared memory that the caller has anyway, or in their own: every
 * mapping of the creator makes its forks dearer by about a microsecond.
 * done() takes a zeroed or half-made struct.  One owner.
 */
#ifndef HANDOFF_SPAWN_TASKS_H
#define HANDOFF_SPAWN_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spawner/spawner.h"

/* Bytes of scratch for each task. */
#define SPAWN_SCRATCH_BYTES 32

struct spawn_tasks {
	struct spawn_task *task;   /* of them: count */
	uint32_t count;
	uint32_t *started;
	size_t map_bytes;
	bool is_lent;              /* the memory is the caller's */
	int fd;                    /* of the memfd; -1 */
	int gate[2];               /* pipe for held targets; -1 */
	bool is_held;
	struct spawn_words *words; /* what task->arguments and ->command point at */
	void *scratch;             /* the loop's time stamps, shared like the tasks */
};

/* Zeroed shared memory that so many tasks take, aligned like a task. */
size_t spawn_tasks_bytes(uint32_t count);

/*
 * count tasks, held at the gate or not.  target is the program to execute, or
 * NULL; foreign says that it is not ours: it then gets no arguments.  room is
 * spawn_tasks_bytes() of memory that outlives the tasks, or NULL; targets have
 * no use for it.
 */
int spawn_tasks_init(struct spawn_tasks *tasks, uint32_t count, bool is_held,
		     enum clock_source source, const char *target, bool is_foreign, void *room);
void spawn_tasks_done(struct spawn_tasks *tasks);

/* Forget what the last life of this task left. */
void spawn_task_reset(struct spawn_task *task);

/* Let one held task go on; all held targets (they cannot be told apart). */
void spawn_task_release(struct spawn_task *task);
int spawn_tasks_release_targets(struct spawn_tasks *tasks, uint32_t count);

/* Let all held targets go for good: none can be held after this. */
void spawn_tasks_shut_gate(struct spawn_tasks *tasks);

#endif
