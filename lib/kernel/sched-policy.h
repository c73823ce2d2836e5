/* SPDX-License-Identifier: MIT */
/*
 * kernel/sched-policy - the scheduling policy of the measured tasks, as --sched names it.
 *
 * other | batch | idle | fifo[:PRIORITY] | rr[:PRIORITY] | deadline:RUN/PERIOD
 * Parsing is pure; -EINVAL for what is none of these.  Applying acts on the
 * calling thread and is inherited by what it executes and creates; -EPERM
 * where the account may not.
 */
#ifndef HANDOFF_SCHED_POLICY_H
#define HANDOFF_SCHED_POLICY_H

#include <stdint.h>

struct sched_policy {
	uint32_t policy;               /* SCHED_... */
	uint32_t priority;             /* of fifo and rr */
	uint64_t runtime_ns, period_ns;   /* of deadline */
};

int sched_policy_parse(const char *word, struct sched_policy *ret);
int sched_policy_apply(const struct sched_policy *policy);

#endif
