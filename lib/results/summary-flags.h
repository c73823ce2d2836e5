/* SPDX-License-Identifier: MIT */
/*
 * results/summary-flags - finds doubts about one result, as words of its flags list.
 *
 *   DRIFT STEP BIMODAL SERIAL      the rounds are not of one kind
 *   FREQ                           the core's clock moved by more than 2 %
 *   OVERHEAD                       the harness is more than 5 % of what it timed
 *   QUANT                          the clock is too coarse: more than 0.5 %
 *   NONLINEAR NOWARM RAMP PERF TRACED USERNS SELECTED   from the worker
 *   LOST INVALID                   rounds that failed, or whose proof did
 *   SPEEDS                         the host had two (results/summary-speeds.h)
 *   NOISE                          rounds that lost time to others (results/lost-rounds.h)
 * BIMODAL also sets the modes.
 */
#ifndef HANDOFF_SUMMARY_FLAGS_H
#define HANDOFF_SUMMARY_FLAGS_H

#include "results/record.h"

/*
 * What is taken off is known to within its own spread: where it is large (OVERHEAD), so
 * much wider is the interval.  result has its overhead already.
 */
void summary_widen(const struct result *result, struct interval *interval);

void summary_set_flags(struct result *result, const double *rounds_ns, size_t count,
		       const struct interval *interval);

/* A static word; beyond RESULT_FLAGS_MAX it is dropped. */
void summary_add_flag(struct result *result, const char *flag);

/* What only the run as a whole can tell: QUANT by its clock. */
void summary_flag_run(struct results *results);

#endif
