/* SPDX-License-Identifier: MIT */
/*
 * run/reap - kills and reaps every child of this process until there is none.
 *
 * For a process that has made all its children itself, as a keeper has (run/keeper.h).  Guards
 * tidy up what a killed worker left (a control group) and end by themselves: they are given time
 * for it.  Children of killed children come to us as long as we are their subreaper.
 *
 * Where /proc does not show this process's PID namespace, children cannot be found by their
 * numbers: then it only reaps, for as long as guards may need.
 */
#ifndef HANDOFF_RUN_REAP_H
#define HANDOFF_RUN_REAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

void reap_children(void);

/*
 * The same with other patience: guards are killed after guards_ns, and the sweep gives up after
 * all_ns, by the clock, however long a look at all processes takes.
 */
void worker_sweep_within(uint64_t guards_ns, uint64_t all_ns);

/* Whether a process goes by GUARD_NAME (kernel/helper-process.h). */
bool reap_is_guard(pid_t pid);

#endif
