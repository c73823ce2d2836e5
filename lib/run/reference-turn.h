/* SPDX-License-Identifier: MIT */
/*
 * run/reference-turn - takes the reference of a round: at its beginning, by a worker of its own.
 *
 * On the CPU of the first cell that has one, alone, and in the same way in every round:
 * whatever policy or memory the cells are measured with.  A reference that fails costs no
 * cell; after some that failed, and none that did not, no more are tried.
 *
 * 0; -EINTR after a signal; -ENOMEM.
 */
#ifndef HANDOFF_RUN_REFERENCE_TURN_H
#define HANDOFF_RUN_REFERENCE_TURN_H

#include "run/run.h"

int reference_turn_run(struct run *run, size_t round);

#endif
