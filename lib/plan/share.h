/* SPDX-License-Identifier: MIT */
/*
 * plan/share - cells whose rounds share a preparation, and what fits into the budget.
 *
 * Where preparing takes seconds (gigabytes to be written), one worker prepares and
 * then measures all cells of a share, for a round or several.  Which cells those are
 * is the tool's word (struct tool, shares).
 *
 * plan_make_shares() numbers them in the plan.  plan_fit_budget() then tells what each
 * share will take, and makes a skip of every cell whose rounds the budget cannot hold:
 * cheap cells first, so that none is lost for a dear one, and of equal ones the first.
 * Both pure, but for the plan.
 */
#ifndef HANDOFF_SHARE_H
#define HANDOFF_SHARE_H

#include "host/page-cost.h"
#include "plan/plan.h"
#include "statistics/statistics.h"

/* The least rounds that give an interval at 95 %. */
#define SHARE_ROUNDS_LEAST STATISTICS_ROUNDS_LEAST

void plan_make_shares(struct plan *plan);

/* Of a share: all its cells that are measured. */
struct cell_cost plan_share_cost(const struct plan *plan, size_t share,
				 const struct page_cost *page);

/* Cells without a share that are to be measured. */
size_t plan_count_others(const struct plan *plan);

/* Seconds for so many rounds of them. */
double plan_others_s(const struct plan *plan, size_t rounds);

/*
 * The budget of options is stretched as the run stretches it.  plan->notes then has a
 * line for each share, and share_costs those of the cells that stay.  Returns how many cells did not fit, or -ENOMEM.
 */
int plan_fit_budget(struct plan *plan, const struct page_cost *page);

#endif
