/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/ballast - what the parent carries while it creates tasks.
 *
 * Resident memory, mappings, descriptors and living threads, as the job asks
 * for them.  build() makes all of it or fails the round, naming
 * the limit where one stands in the way, and leaves what it made to drop();
 * drop() takes a half-built or zeroed ballast.  One owner, one thread.
 */
#ifndef HANDOFF_SPAWN_BALLAST_H
#define HANDOFF_SPAWN_BALLAST_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/round.h"
#include "spawner/round/job.h"
#include "spawner/round/resident.h"

struct spawn_ballast {
	struct spawn_resident resident;
	char *mappings;
	size_t mappings_bytes;
	int *fds;
	size_t fd_count;
	pthread_t *threads;
	size_t thread_count;
	uint32_t threads_end;      /* futex that the idle threads wait at */
};

int spawn_ballast_build(struct spawn_ballast *ballast, const struct spawn_job *job,
			struct round *round);
void spawn_ballast_drop(struct spawn_ballast *ballast);

#endif
