/* SPDX-License-Identifier: MIT */
/*
 * run/share-turn - turns of cells that share a preparation (plan/share.h).
 *
 * One worker prepares, then measures all cells of the share for as many rounds as its
 * time allows (run/share-budget.h); their values stand at the same rounds of each
 * cell's series, with the number of the preparation.
 */
#ifndef HANDOFF_SHARE_TURN_H
#define HANDOFF_SHARE_TURN_H

#include "run/run.h"

/* One a share, with what the plan thinks that it costs; not NULL but for want of memory. */
struct share_state *share_states_make(const struct plan *plan);

/*
 * The turns of all shares that have no value of this round yet, and the time for one.
 * 0, -EINTR or -ENOMEM.
 */
int share_turns_run(struct run *run, size_t round);

#endif
