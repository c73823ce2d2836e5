/* SPDX-License-Identifier: MIT */
/*
 * plan/sched-word - reads the word of --sched.
 *
 * other | batch | idle | fifo[:PRIORITY] | rr[:PRIORITY] | deadline:RUN/PERIOD
 * Pure.  0; -EINVAL for what is none of these, -ENOMEM.
 */
#ifndef HANDOFF_SCHED_WORD_H
#define HANDOFF_SCHED_WORD_H

#include "kernel/sched-policy.h"

int sched_word_parse(const char *word, struct sched_policy *ret);

#endif
