/* SPDX-License-Identifier: MIT */
/*
 * tool/selftest-checks - lists which operations are judged, by what, and how it went.
 *
 * Pure: takes the results of a run over all known operations (measure/calibrated.h), gives
 * one answer a check.  A check whose operation this machine cannot do (its
 * worker skipped it) is not checked, with the reason in verdict.found; one whose
 * rounds were lost or not proved fails.  0 or -ENOMEM.
 */
#ifndef HANDOFF_SELFTEST_CHECKS_H
#define HANDOFF_SELFTEST_CHECKS_H

#include "results/record.h"
#include "tool/selftest-judge.h"

#define SELFTEST_CHECKS 20

enum selftest_outcome { SELFTEST_HOLDS, SELFTEST_FAILS, SELFTEST_NOT_CHECKED };

struct selftest_source {
	const struct results *results;
	const struct series *series;   /* one a cell of results->plan */
	double slack_ns;               /* of the kernel's timers, as workers have it */
};

struct selftest_answer {
	const char *check;             /* its name */
	enum selftest_outcome outcome;
	struct selftest_verdict verdict;
};

int selftest_check(const struct selftest_source *source,
		   struct selftest_answer ret_answers[SELFTEST_CHECKS]);

size_t selftest_count(const struct selftest_answer answers[SELFTEST_CHECKS],
		      enum selftest_outcome outcome);

/* Something was checked, and nothing failed. */
bool selftest_is_believed(const struct selftest_answer answers[SELFTEST_CHECKS]);

#endif
