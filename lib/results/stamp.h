/* SPDX-License-Identifier: MIT */
/*
 * results/stamp - what tells a run from all others, when it began, and its seed.
 *
 * Fills run, started and seed.  The seed is the one of the options, or random; below
 * 2^52, so that every reader of JSON gets it back exactly.  Never fails: where there
 * is no randomness, begin_ns stands for it.
 */
#ifndef HANDOFF_RESULTS_STAMP_H
#define HANDOFF_RESULTS_STAMP_H

#include <stdint.h>

#include "results/record.h"

void results_stamp(struct results *results, const struct options *options, uint64_t begin_ns);

#endif
