/* SPDX-License-Identifier: MIT */
/*
 * tool/report - tells people of progress and errors while a tool runs.
 *
 * Errors and notes go to standard error, "tool: mechanism: step: what"; so
 * does progress, on a terminal only and never when quiet.
 */
#ifndef HANDOFF_REPORT_H
#define HANDOFF_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/round.h"
#include "plan/plan.h"
#include "run/supervisor.h"

struct report {
	const char *tool;
	bool is_quiet, is_verbose, has_progress;
	bool is_line_open;             /* a progress line stands on the terminal */
	size_t losses;
};

void report_init(struct report *report, const struct options *options);

void report_error(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "what: strerror" */
void report_errno(struct report *report, int error, const char *what);

/* For struct supervisor; context is the struct report. */
void report_progress(void *context, const struct progress *progress);
void report_loss(void *context, const struct cell *cell, const struct round *round);

/* An option that was given and that no cell heeds: somebody is mistaken. */
void report_idle_reaps(struct report *report, const struct plan *plan);

/* Take the progress line away. */
void report_finish(struct report *report);

#endif
