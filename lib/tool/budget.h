/* SPDX-License-Identifier: MIT */
/*
 * tool/budget - what dear preparations will take here, said before they are begun.
 *
 * Looks at this machine's pages, and makes skips of cells that the budget cannot hold
 * (plan/share.h).  Does nothing to a plan that prepares nothing.
 */
#ifndef HANDOFF_TOOL_BUDGET_H
#define HANDOFF_TOOL_BUDGET_H

#include "plan/plan.h"
#include "tool/report.h"

/* EXIT_SUCCESS, or the status of a failure, which is told; as, but in a dry run, what did not fit. */
int tool_fit_budget(struct plan *plan, struct report *report);

#endif
