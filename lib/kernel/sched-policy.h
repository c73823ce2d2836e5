/* SPDX-License-Identifier: MIT */
/*
 * kernel/sched-policy - gives the calling thread a scheduling policy.
 *
 * What it executes and creates inherits the policy.  0 or -errno: -EPERM where the
 * account may not, -EINVAL for what the kernel does not know.
 */
#ifndef HANDOFF_SCHED_POLICY_H
#define HANDOFF_SCHED_POLICY_H

#include <sched.h>
#include <stdint.h>

/* Not in every libc. */
#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

struct sched_policy {
	uint32_t policy;               /* SCHED_... */
	uint32_t priority;             /* of fifo and rr */
	uint64_t runtime_ns, period_ns;   /* of deadline */
};

int sched_policy_apply(const struct sched_policy *policy);

#endif
