/* SPDX-License-Identifier: MIT */
/*
 * results/summary-groups - compares results with each other.
 *
 * A group is one metric, one placement and one set of parameters (those that
 * mean something for both): within it mechanisms are compared, paired by
 * round, with the tool's baseline, and the smallest median is marked.  What costs less
 * than a mechanism that does nothing is not verified.
 *
 * The fit: a + b per 4 KiB page over a sweep of resident
 * sizes, of the parameter that is_fitted; results of one
 * mechanism that differ in nothing else belong to one fit.
 */
#ifndef HANDOFF_SUMMARY_GROUPS_H
#define HANDOFF_SUMMARY_GROUPS_H

#include "results/record.h"

int summary_compare_groups(struct results *results);

/*
 * Paired ratio of two cells' headline: a over b.  Its interval is widened by what ratios differ
 * by from run to run: another run is to find its ratio there.
 */
struct interval summary_ratio(const struct result *a, const struct result *b);

/* Whether two cells differ in nothing but the mechanism (and the parameter `but`). */
bool summary_same_circumstances(const struct plan *plan, const struct cell *a,
				const struct cell *b, int but);

#endif
