/* SPDX-License-Identifier: MIT */
/*
 * run/offline - tells a round that its CPU went offline.
 *
 * Calls and proofs fail in many ways then.  Where tasks may use either of two CPUs, the
 * kernel has all of them use the other one, and nothing fails at all.
 */
#ifndef HANDOFF_OFFLINE_H
#define HANDOFF_OFFLINE_H

#include "measure/round.h"
#include "plan/placement.h"

/*
 * If a CPU of the seat is offline now, the round has failed for that reason, whatever it was
 * before: not skipped, as its cell may have other rounds, and nobody would be told.
 */
void offline_blame(const struct seat *seat, struct round *round);

#endif
