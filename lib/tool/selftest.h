/* SPDX-License-Identifier: MIT */
/*
 * tool/selftest - operations of known cost, measured by this very harness.
 *
 * Says for each what was expected and what was found, and ends with whether
 * the harness can be believed here.  Returns the exit status.
 */
#ifndef HANDOFF_SELFTEST_H
#define HANDOFF_SELFTEST_H

#include <signal.h>

#include "plan/options.h"
#include "tool/report.h"

int selftest_run(const struct options *options, const volatile sig_atomic_t *caught,
		 struct report *report);

#endif
