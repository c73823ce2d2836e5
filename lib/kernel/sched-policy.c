/* SPDX-License-Identifier: MIT */
#include "kernel/sched-policy.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLAG_RESET_ON_FORK 1

/* struct sched_attr of sched_setattr(2), which glibc 2.36 does not declare. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

int sched_policy_apply(const struct sched_policy *policy)
{
	struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = policy->policy,
		/* A deadline task may only fork if its children are not. */
		.flags = policy->policy == SCHED_DEADLINE ? FLAG_RESET_ON_FORK : 0,
		.priority = policy->priority,
		.runtime = policy->runtime_ns,
		.deadline = policy->period_ns,
		.period = policy->period_ns,
	};

	return syscall(SYS_sched_setattr, 0, &attributes, 0) ? -errno : 0;
}
