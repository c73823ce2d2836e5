/* SPDX-License-Identifier: MIT */
/*
 * tool/hosts - a tool's part in measuring between two hosts: --listen and --connect.
 *
 * Both return an exit status (plan/options.h) and have said on standard error what is
 * wrong.
 */
#ifndef HANDOFF_TOOL_HOSTS_H
#define HANDOFF_TOOL_HOSTS_H

#include <signal.h>

#include "kernel/sched-policy.h"
#include "plan/plan.h"
#include "results/record.h"
#include "tool/report.h"

struct tool_hosts {
	const struct plan *plan;
	const struct sched_policy *sched;      /* NULL: as we are */
	const volatile sig_atomic_t *signal;
	struct report *report;
};

/* Serves sessions until a signal comes: 128 and its number. */
int tool_hosts_listen(const struct tool_hosts *hosts);

/* With --connect: resolves the address, and asks who is there, before anything is measured. */
int tool_hosts_greet(const struct tool_hosts *hosts, struct remote_facts *ret);

#endif
