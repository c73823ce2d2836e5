/* SPDX-License-Identifier: MIT */
/*
 * ipc-answer - ipc-lat's results in words.
 *
 * Puts System V and POSIX of the same kind side by side: ratios are paired by round
 * and stand with their 95 % interval, or not at all.  A NULL-terminated array of
 * sentences, owned by the caller.
 */
#ifndef HANDOFF_IPC_ANSWER_H
#define HANDOFF_IPC_ANSWER_H

#include "results/record.h"

char **ipc_answer(const struct results *results);

#endif
