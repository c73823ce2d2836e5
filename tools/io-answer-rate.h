/* SPDX-License-Identifier: MIT */
/*
 * io-answer-rate - a sentence for each rate: what threads answer within, and the best ring.
 *
 * For io_answer(), whose answer has begun.  Says nothing of closed loops, or where there
 * are no threads beside a ring.
 */
#ifndef HANDOFF_IO_ANSWER_RATE_H
#define HANDOFF_IO_ANSWER_RATE_H

#include "results/answer.h"

void io_answer_rate(struct answer *answer);

#endif
