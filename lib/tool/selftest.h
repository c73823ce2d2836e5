/* SPDX-License-Identifier: MIT */
/*
 * tool/selftest - measures operations of known cost by this very harness.
 *
 * Says for each what was expected and what was found, and ends with whether
 * the harness can be believed here.  Returns the exit status; output's signal is
 * obeyed.  worker_path: that of selftest_tool's worker.
 */
#ifndef HANDOFF_SELFTEST_H
#define HANDOFF_SELFTEST_H

#include "plan/options.h"
#include "plan/tool.h"
#include "tool/output.h"
#include "tool/report.h"

int selftest_run(const struct options *options, const char *worker_path, struct output *output,
		 struct report *report);

/* What it is as a tool: its worker, its mechanisms. */
extern const struct tool selftest_tool;

#endif
