/* SPDX-License-Identifier: MIT */
/*
 * plan/schedule - how long the windows of a run are, and whose turn it is.
 *
 * Pure: functions of the plan, and of a shuffle that the supervisor has made.
 */
#ifndef HANDOFF_SCHEDULE_H
#define HANDOFF_SCHEDULE_H

#include <stddef.h>

#include "plan/plan.h"

/* Seconds that the plan will take at most, for --dry-run. */
double schedule_forecast_s(const struct plan *plan);

/* The window of one round, in ns, that lets enough rounds fit the budget. */
double schedule_window_ns(const struct plan *plan);

/*
 * How long a round of this cell may take until its device is steady, in ns; 0: it has no such
 * device.  A second at most, less where the budget would not allow enough rounds.
 */
double schedule_ramp_ns(const struct plan *plan, const struct cell *cell);

/* Which cell has slot s of round r: perm is a shuffle made when r % k == 0. Pure. */
size_t schedule_slot(const size_t *perm, size_t cells, size_t round, size_t slot);

#endif
