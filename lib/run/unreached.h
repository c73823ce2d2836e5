/* SPDX-License-Identifier: MIT */
/*
 * run/unreached - says of each cell that never had a turn that the budget was spent before it.
 *
 * At the end of a run that nobody has ended.  The reason says how long the run should take,
 * for an interval of every cell.  Series of such cells are left out (results/series.h).
 */
#ifndef HANDOFF_UNREACHED_H
#define HANDOFF_UNREACHED_H

#include "run/run.h"

void unreached_tell(struct run *run);

#endif
