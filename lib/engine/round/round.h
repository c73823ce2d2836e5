/* SPDX-License-Identifier: MIT */
/*
 * engine/round/round - runs one round of one engine: opens, measures, proves, tears down.
 *
 * Two series: interval, the time of the window for each request, which is what is
 * left of a request where many are in flight; and request, the latency of each
 * that was timed, from when it was taken to when its end was known.
 *
 * Everything is told in the round: a failure with its step, or series, proofs
 * and figures.  ret_pairs[ROUND_SERIES_MAX] are the caller's to free.
 */
#ifndef HANDOFF_ENGINE_ROUND_H
#define HANDOFF_ENGINE_ROUND_H

#include "engine/engine.h"
#include "engine/round/job.h"
#include "measure/round.h"

void engine_round_run(const struct engine_job *job, const struct engine *engine,
		      struct round *round, struct histogram_pair *ret_pairs[ROUND_SERIES_MAX]);

#endif
