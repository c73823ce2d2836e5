/* SPDX-License-Identifier: MIT */
/*
 * io-answer-sleep - a sentence for each number of sleepers: one after another, and all at once.
 *
 * For io_answer(), whose answer has begun; says nothing where nothing slept.
 */
#ifndef HANDOFF_IO_ANSWER_SLEEP_H
#define HANDOFF_IO_ANSWER_SLEEP_H

#include "results/answer.h"

void io_answer_sleep(struct answer *answer);

#endif
