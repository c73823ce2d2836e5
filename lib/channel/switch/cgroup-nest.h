/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/cgroup-nest - moves this process some control groups down.
 *
 * Each level has the cpu controller, so that it is a group which the scheduler
 * walks through.  In version 1 they are made in our own group.  In version 2 a
 * group that has processes in it cannot have controllers below: they are made in
 * the nearest one above whose children have the cpu controller already, and as
 * many more of them as that is above us.  No setting of a group that is not ours
 * is changed.
 *
 * begin() moves the whole process (all that it makes from then on is inside);
 * else -errno, nothing is left, and ret_reason (CGROUP_NEST_REASON_BYTES) says
 * what to change.  end() moves it back and removes the groups; where the way back
 * is barred, and when the process is killed, a guard removes them after its end.
 * One owner; before any thread is made.  depth 0: nothing is done.
 */
#ifndef HANDOFF_CGROUP_NEST_H
#define HANDOFF_CGROUP_NEST_H

#include <stdint.h>

#include "kernel/guard.h"
#include "kernel/sysfile.h"

#define CGROUP_NEST_REASON_BYTES 200

struct cgroup_nest {
	uint32_t depth;
	uint32_t directories;          /* that are made: depth, and what start is below parent */
	uint32_t start_levels;         /* of /proc/self/cgroup */
	struct sysfile_cgroup start;
	char top[SYSFILE_PATH_MAX];    /* handoff-xxxxxx, and below it 1/2/3 ... */
	struct guard_work work;        /* refers to the nest, which must stay where it is */
	struct helper guard;
};

int cgroup_nest_begin(struct cgroup_nest *nest, uint32_t depth, char *ret_reason);
void cgroup_nest_end(struct cgroup_nest *nest);

/* How many levels below the start this task is now; -1: cannot be read. */
int cgroup_nest_levels(const struct cgroup_nest *nest, int pid);

#endif
