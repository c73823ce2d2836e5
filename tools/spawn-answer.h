/* SPDX-License-Identifier: MIT */
/*
 * spawn-answer - spawn-cost's results in words.
 *
 * Answers what tutorials claim: how many times dearer a process is than a
 * thread here, what a waiting pool saves, what each page of the parent adds to
 * a fork.  Ratios are paired by round and stand with their 95 % interval, or
 * not at all.  A NULL-terminated array of sentences, owned by the caller.
 */
#ifndef HANDOFF_SPAWN_ANSWER_H
#define HANDOFF_SPAWN_ANSWER_H

#include "results/record.h"

char **spawn_answer(const struct results *results);

#endif
