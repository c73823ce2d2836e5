/* SPDX-License-Identifier: MIT */
/*
 * ctxsw-answer - ctxsw's results in words.
 *
 * What a switch costs between processes and between threads over the same
 * channel, which is what changing the address space adds; and what a wake-up on
 * another CPU costs beside it.  With a list of footprints, what a switch costs
 * without work and with the most of it.  Ratios are paired by round and stand with their
 * 95 % interval, or not at all.  Sentences as in results/answer.h.
 */
#ifndef HANDOFF_CTXSW_ANSWER_H
#define HANDOFF_CTXSW_ANSWER_H

#include "results/record.h"

char **ctxsw_answer(const struct results *results);

#endif
