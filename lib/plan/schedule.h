/* SPDX-License-Identifier: MIT */
/*
 * plan/schedule - how long the windows of a run are, and whose turn it is.
 *
 * Pure: functions of the plan, and of a shuffle that the supervisor has made.
 */
#ifndef HANDOFF_SCHEDULE_H
#define HANDOFF_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/plan.h"

/* Seconds that the plan will take at most, for --dry-run. */
double schedule_forecast_s(const struct plan *plan);

/* The window of one round, in ns, that lets enough rounds fit the budget. */
double schedule_window_ns(const struct plan *plan);

/* Whether a round of this cell waits until its device is steady. */
bool schedule_has_ramp(const struct plan *plan, const struct cell *cell);

/*
 * How long each of them may take for it, in ns: a second at most, less where the budget would
 * not allow enough rounds.  It looks at all cells: ask once.
 */
double schedule_ramp_ns(const struct plan *plan);

/* Which cell has slot s of round r: perm is a shuffle made when r % k == 0. Pure. */
size_t schedule_slot(const size_t *perm, size_t cells, size_t round, size_t slot);

#endif
