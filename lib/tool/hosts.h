/* SPDX-License-Identifier: MIT */
/*
 * tool/hosts - what a tool gets to measure between two hosts: for its listen() and
 * greet() (plan/tool.h).
 */
#ifndef HANDOFF_TOOL_HOSTS_H
#define HANDOFF_TOOL_HOSTS_H

#include <signal.h>

#include "kernel/sched-policy.h"
#include "plan/plan.h"
#include "tool/report.h"

struct tool_hosts {
	const struct plan *plan;
	const struct sched_policy *sched;      /* NULL: as we are */
	const volatile sig_atomic_t *signal;
	struct report *report;
};

#endif
