/* SPDX-License-Identifier: MIT */
/*
 * results/summary-lost - what the rounds of a result lost, and its figures with and without them.
 *
 * The mean, the percentiles and the maximum of a result are of all its rounds.  Where rounds were
 * hit (results/lost-rounds.h), those of the others stand beside.
 */
#ifndef HANDOFF_SUMMARY_LOST_H
#define HANDOFF_SUMMARY_LOST_H

#include "results/record.h"

/* result has its series, metric, rounds and overhead.  0 or -ENOMEM. */
int summary_set_lost(struct result *result);

#endif
