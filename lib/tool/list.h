/* SPDX-License-Identifier: MIT */
/*
 * tool/list - answers --list: what there is, and what of it runs here.
 *
 * Executes the tool's worker once, which tries every mechanism.  Returns the exit
 * status: a worker that cannot be executed, hangs, dies or leaves out a mechanism is
 * told, EXIT_NOTHING_MEASURED.  output's signal is obeyed.
 */
#ifndef HANDOFF_TOOL_LIST_H
#define HANDOFF_TOOL_LIST_H

#include "plan/options.h"
#include "tool/output.h"
#include "tool/report.h"

int tool_list(const struct options *options, const char *worker_path, struct output *output,
	      struct report *report);

#endif
