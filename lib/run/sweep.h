/* SPDX-License-Identifier: MIT */
/*
 * run/sweep - no child of ours is left.
 *
 * Kills and reaps every child of this process until there is none, except
 * guards: those tidy up what a killed worker left (a control group), end by
 * themselves and are given GUARD_PATIENCE for it.  Children of killed children
 * come to us as long as we are their subreaper.
 */
#ifndef HANDOFF_WORKER_SWEEP_H
#define HANDOFF_WORKER_SWEEP_H

#include <stdbool.h>
#include <sys/types.h>

/* keep: one child that is to live on (a guard of the run); 0: none. */
void worker_sweep_children(pid_t keep);

/* Whether a process goes by GUARD_NAME (kernel/helper-process.h). */
bool worker_sweep_is_guard(pid_t pid);

#endif
