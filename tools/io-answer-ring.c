/* SPDX-License-Identifier: MIT */
#include "io-answer-ring.h"

#include <string.h>

#include "engine/engine.h"
#include "plan/plan.h"
#include "results/summary-groups.h"

/* Threads as well, but of the kernel's. */
#define WORKER "uring-worker"

static bool is_ring(const struct result *result, const char *metric)
{
	const struct mechanism *mechanism = result->cell->mechanism;

	return result->is_verified && !strcmp(result->metric->name, metric) &&
	       (mechanism->traits & ENGINE_RING) && !(mechanism->traits & ENGINE_NOP) &&
	       strcmp(mechanism->name, WORKER);
}

const struct result *io_answer_best_ring(const struct answer *answer, const struct result *threads,
					 const char *metric)
{
	const struct results *results = answer->results;
	const struct result *best = NULL;

	for (size_t i = 0; i < results->result_count; i++) {
		const struct result *ring = &results->results[i];

		if (is_ring(ring, metric) &&
		    summary_same_circumstances(results->plan, ring->cell, threads->cell, -1) &&
		    (!best || ring->p50 < best->p50))
			best = ring;
	}
	return best;
}
