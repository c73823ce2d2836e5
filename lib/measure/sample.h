/* SPDX-License-Identifier: MIT */
/*
 * measure/sample - raw durations of one round, and what is reported of them.
 *
 * A sample buffer is allocated and touched before the measured window, in
 * memory that is shared with children: private pages would be write-protected
 * by every fork and fault again on the next store.  Durations are signed ticks
 * and are never clamped; what does not fit is not kept, so the loop must stop
 * at capacity.
 */
#ifndef HANDOFF_SAMPLE_H
#define HANDOFF_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "measure/round.h"
#include "statistics/histogram.h"

struct sample {
	int64_t *ticks;        /* of a timed region */
	uint32_t *operations;  /* in that region; NULL: one each */
	size_t count, capacity;
};

/* Median of a copy; 0 when empty. -ENOMEM. */
int sample_median(const struct sample *sample, double *ret_median, double *ret_spread);

/*
 * Describe all samples of several buffers (creators) as one series per
 * operation and as histogram pairs, which the caller frees.  A negative
 * duration is -ERANGE: two clocks disagree, and nothing can be said.
 */
int sample_describe(const struct sample *const *samples, size_t sample_count,
		    struct round_series *ret_series, struct histogram_pair **ret_pairs);

#endif
