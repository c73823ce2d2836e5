/* SPDX-License-Identifier: MIT */
/*
 * results/summary-speeds - gives each result its reference, and a figure for each speed of the host.
 *
 * Where the host had two speeds (results/host-speed.h), the median of all rounds is of neither:
 * each result then has the median and the interval of the rounds at either speed, with their
 * share, and the flag SPEEDS.  Not so where the two intervals overlap, as it is one figure
 * then, or where too few rounds were at one of them for an interval.  And not so the cells of
 * a shared preparation: their rounds are measured several in a row, behind one reference.
 */
#ifndef HANDOFF_SUMMARY_SPEEDS_H
#define HANDOFF_SUMMARY_SPEEDS_H

#include "results/record.h"

/* What a result has before: nothing. */
void summary_clear_speeds(struct result *result);

/* By results->speed.  0 or -ENOMEM. */
int summary_set_speeds(struct results *results);

/* Whether a result has a figure for each of two speeds. */
bool summary_has_speeds(const struct result *result);

#endif
