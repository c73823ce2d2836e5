/* SPDX-License-Identifier: MIT */
/*
 * statistics/arrivals - says when the next one of an open loop is due, whatever became of the last.
 *
 * Fixed arrivals are 1/rate apart, those of a Poisson process exponentially
 * distributed around it (F^-1: -ln(u) * mean).  The caller's random is the state of
 * a linear congruential generator: a seed, the same for the same arrivals.
 */
#ifndef HANDOFF_ARRIVALS_H
#define HANDOFF_ARRIVALS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static inline uint64_t arrivals_random(uint64_t *random)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return *random >> 11;
}

/* From one arrival to the next, in the unit of mean. */
static inline double arrivals_next(bool is_poisson, double mean, uint64_t *random)
{
	double u = ((double)arrivals_random(random) + 1) / 9007199254740993.0;   /* 2^53 + 1 */

	return is_poisson ? -log(u) * mean : mean;
}

#endif
