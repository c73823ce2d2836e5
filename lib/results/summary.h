/* SPDX-License-Identifier: MIT */
/*
 * results/summary - makes results of series.
 *
 * Pure: takes what the rounds brought, gives records.  A cell without one
 * valid round becomes a skip; a cell whose proof failed in more than a tenth of
 * its rounds stays a result, unverified.  Ticks become ns with the ladder's
 * final rate, the harness's overhead is taken off, nothing is clamped.
 * Percentiles that n cannot carry stay NAN.  ret_results->speed is
 * made before (results/host-speed.h), or zeroed: there is no reference.  Statistics as handoff-method(7)
 * tells them.  0 or -ENOMEM.
 */
#ifndef HANDOFF_SUMMARY_H
#define HANDOFF_SUMMARY_H

#include "results/record.h"

#define SUMMARY_ALPHA 0.05

int summary_make(const struct plan *plan, const struct series *series, double ns_per_tick,
		 struct results *ret_results);

/* Interval of a cell's headline so far, for the stopping rule. */
struct interval summary_headline(const struct plan *plan, const struct series *series);

#endif
