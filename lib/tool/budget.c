/* SPDX-License-Identifier: MIT */
#include "tool/budget.h"

#include <stdlib.h>

#include "host/page-cost.h"
#include "plan/share.h"

/* Where not even a look is possible: no memory, no process. */
static const struct page_cost unknown = { 2000, 100, -1 };

int tool_fit_budget(struct plan *plan, struct report *report)
{
	const struct options *options = plan->options;
	struct page_cost page;
	int refused;

	plan_make_shares(plan);
	if (!plan->share_count)
		return EXIT_SUCCESS;
	if (page_cost_look(&page))
		page = unknown;
	refused = plan_fit_budget(plan, &page);
	if (refused < 0) {
		report_errno(report, refused, "the plan");
		return EXIT_NOTHING_MEASURED;
	}
	if (!refused || options->has_dry_run || options->is_quiet)
		return EXIT_SUCCESS;
	for (size_t i = 0; i < plan->note_count; i++)
		report_error(report, "%s", plan->notes[i]);
	report_error(report, "%d cells do not fit and are skipped; the reasons stand in the answer",
		     refused);
	return EXIT_SUCCESS;
}
