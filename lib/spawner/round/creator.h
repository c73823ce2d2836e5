/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/creator - runs one creator from its set-up to its tear-down.
 *
 * Runs in the worker itself, in a forked process or in a thread.  Everything
 * it makes is gone when it returns; what it found is in its lane.  meet() is
 * called exactly once before and once after the window, on every path, so that
 * no other creator waits for one that failed.
 */
#ifndef HANDOFF_SPAWN_CREATOR_H
#define HANDOFF_SPAWN_CREATOR_H

#include <pthread.h>
#include <stdbool.h>

#include "spawner/round/ballast.h"
#include "spawner/round/loop.h"

struct spawn_creator {
	const struct spawn_job *job;
	const struct spawner *spawner;
	const struct spawn_config *config;
	struct spawn_lane *lane;
	pthread_barrier_t *barrier;    /* NULL: alone */
	int cpu;                       /* of its own, for itself and its tasks; -1: as the job says */
	bool is_thread;                /* of a worker that carries the ballast itself */
};

void spawn_creator_run(const struct spawn_creator *creator);

#endif
