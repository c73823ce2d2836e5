/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/loop - one creator's timed loop over a spawner.
 *
 * A lane is all that one creator brings home: samples for each end point, the
 * counters that prove them, and a struct round for what went wrong.  Lanes lie
 * in memory shared with every child and creator and are touched beforehand.
 *
 * End points of an operation, in ticks from the creator's call unless said:
 *   call               until start() returned
 *   first-instruction  until the task's first instruction of ours
 *   exec               until the target's first instruction
 *   reap               from the task's last look at the clock until reaped
 *   life               until reaped; not of held tasks, whose life is mostly
 *                      waiting for the others
 *
 * What needs no task of the kernel's (spawner_is_batched()) is timed in batches: then
 * only life exists.
 */
#ifndef HANDOFF_SPAWN_LOOP_H
#define HANDOFF_SPAWN_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/lost-time.h"
#include "measure/round.h"
#include "measure/sample.h"
#include "spawner/round/job.h"
#include "spawner/round/tasks.h"
#include "spawner/spawner.h"

enum spawn_metric {
	SPAWN_CALL, SPAWN_FIRST, SPAWN_EXECUTED, SPAWN_REAP, SPAWN_LIFE, SPAWN_METRICS
};

extern const char *const spawn_metric_names[SPAWN_METRICS];

struct spawn_lane {
	struct sample samples[SPAWN_METRICS];
	double overhead[SPAWN_METRICS], overhead_spread[SPAWN_METRICS], cold[SPAWN_METRICS];
	double single_overhead;        /* of life, one operation at a time */
	double operation_ticks;        /* estimate from the warm-up */
	double core_per_tick;
	bool is_batch;
	uint64_t operations, started;  /* in the window */
	uint64_t creator_at_home, task_at_home, tasks_seen;
	uint64_t elsewhere;            /* tasks that the kernel put on another CPU than asked */
	uint64_t begin, end;           /* ticks of the window */
	double nvcsw, nivcsw, minflt, cpu_ns, migrations, forks;  /* over the window */
	struct lost_time lost;
	struct round round;            /* failure, flags, CPUs seen */
	void *room;                    /* for the creator's tasks (spawner/round/tasks.h) */
};

struct spawn_loop {
	const struct spawner *spawner;
	void *state;
	struct spawn_tasks *tasks;
	const struct spawn_job *job;
	struct spawn_lane *lane;
	enum clock_source source;
	int cpu_a, cpu_b;              /* creator's and task's; both -1: anywhere */
	bool is_foreign;               /* the target is not ours: it reports nothing */
	bool is_copy;                  /* as of a task */
	bool is_recording;
};

/* Lanes for several creators; capacity operations and room for so many tasks each. NULL: no memory. */
struct spawn_lane *spawn_lanes_map(uint32_t lanes, size_t capacity, uint32_t tasks,
				   size_t *ret_bytes);
void spawn_lanes_unmap(struct spawn_lane *lanes, size_t bytes);

/* Measure the harness itself, then warm up. Failures are in lane->round. */
int spawn_loop_prepare(struct spawn_loop *loop);

/* Nothing has been recorded yet. */
void spawn_loop_forget(struct spawn_lane *lane);

/* The measured window. Failures are in lane->round. */
int spawn_loop_measure(struct spawn_loop *loop);

#endif
