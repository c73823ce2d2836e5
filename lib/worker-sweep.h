/* SPDX-License-Identifier: MIT */
/*
 * worker-sweep - no child of ours is left.
 *
 * Kills and reaps every child of this process until there is none, except
 * guards: those tidy up what a killed worker left (a control group), end by
 * themselves and are given GUARD_PATIENCE for it.  Children of killed children
 * come to us as long as we are their subreaper.
 */
#ifndef HANDOFF_WORKER_SWEEP_H
#define HANDOFF_WORKER_SWEEP_H

/* The name (comm) that a guard goes by. */
#define GUARD_NAME "handoff-guard"

void worker_sweep_children(void);

#endif
