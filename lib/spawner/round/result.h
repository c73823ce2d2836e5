/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/result - tells the lanes of all creators as one struct round.
 *
 * Pure: reads the lanes, fills series, proofs and figures.  The first failure
 * of any lane becomes the round's.
 */
#ifndef HANDOFF_SPAWN_RESULT_H
#define HANDOFF_SPAWN_RESULT_H

#include "spawner/round/loop.h"
#include "spawner/round/round.h"

void spawn_result_tell(const struct spawn_job *job, const struct spawner *spawner,
		       const struct spawn_lane *const *lanes, uint32_t count,
		       struct round *round, struct spawn_pairs *ret_pairs);

#endif
