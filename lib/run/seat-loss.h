/* SPDX-License-Identifier: MIT */
/*
 * run/seat-loss - a CPU that went offline under a round.
 *
 * Calls and proofs fail in many ways without it; and where tasks may use either of two, the
 * kernel has all of them use the other one, and the round looks as if nothing had been.
 */
#ifndef HANDOFF_SEAT_LOSS_H
#define HANDOFF_SEAT_LOSS_H

#include "measure/round.h"
#include "plan/placement.h"

/*
 * If a CPU of the seat is offline now, the round has failed for that reason, whatever it was
 * before: not skipped, as its cell may have other rounds, and nobody would be told.
 */
void seat_loss_blame(const struct seat *seat, struct round *round);

#endif
