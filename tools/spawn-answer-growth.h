/* SPDX-License-Identifier: MIT */
/*
 * spawn-answer-growth - what the parent's memory adds to a mechanism, and what saves it.
 *
 * For spawn_answer(), whose answer has begun: one sentence for each mechanism that grows
 * with --rss, at the first of its results.  Over three sizes and more it is a line with an
 * interval, carried on to twice the largest; over two it is what they differ by.
 */
#ifndef HANDOFF_SPAWN_ANSWER_GROWTH_H
#define HANDOFF_SPAWN_ANSWER_GROWTH_H

#include "results/answer.h"

void spawn_answer_growth(struct answer *answer, const struct result *result);

#endif
