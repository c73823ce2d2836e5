/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/round - runs one round of a spawner: its creators, and their outcome.
 *
 * One creator is the calling process itself.  Several are forked processes or
 * threads that start their windows together; each has its own lane, tasks and
 * spawner state, and processes their own ballast.  A creator that dies, or
 * fails, ends the round for all.
 *
 * spawn_round_run() fills the round and the histogram pairs of its series,
 * which the caller frees with spawn_pairs_free().
 */
#ifndef HANDOFF_SPAWN_CREATORS_H
#define HANDOFF_SPAWN_CREATORS_H

#include "measure/round.h"
#include "spawner/round/job.h"
#include "spawner/spawner.h"

struct spawn_pairs {
	struct histogram_pair *of_series[ROUND_SERIES_MAX];
};

void spawn_round_run(const struct spawn_job *job, const struct spawner *spawner,
		     const struct spawn_config *config, struct round *round,
		     struct spawn_pairs *ret_pairs);
void spawn_pairs_free(struct spawn_pairs *pairs);

#endif
