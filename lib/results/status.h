/* SPDX-License-Identifier: MIT */
/*
 * results/status - the exit status that a run's results are worth.
 *
 * EXIT_NOTHING_MEASURED where there is none; EXIT_SOMETHING_SKIPPED where a cell was not
 * reached by the budget, or one that was asked for by name was skipped or is not proved;
 * else EXIT_SUCCESS.  Signals are the caller's.
 */
#ifndef HANDOFF_STATUS_H
#define HANDOFF_STATUS_H

#include "results/record.h"

int results_status(const struct results *results);

#endif
