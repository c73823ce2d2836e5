/* SPDX-License-Identifier: MIT */
/*
 * tool/answer - writes the plan or the results, in the format and at the place asked for.
 *
 * The results are not looked at for a dry run.  An exit status, as tool/delivery.h says.
 */
#ifndef HANDOFF_TOOL_ANSWER_H
#define HANDOFF_TOOL_ANSWER_H

#include "plan/options.h"
#include "plan/plan.h"
#include "results/record.h"
#include "tool/output.h"
#include "tool/report.h"

struct tool_answer {
	const struct options *options;
	const struct plan *plan;
	const struct results *results;
	struct output *output;
	struct report *report;
};

int tool_answer(const struct tool_answer *asked);

#endif
