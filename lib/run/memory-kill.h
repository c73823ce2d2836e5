/* SPDX-License-Identifier: MIT */
/*
 * run/memory-kill - tasks that the kernel killed for want of memory, and whose limit it was.
 *
 * A task killed so has just got signal 9, and whoever waited for it knows no more.  The
 * kernel counts such kills: for the control group of the task (memory.events in version 2,
 * memory.oom_control in version 1) and for the whole machine (/proc/vmstat).
 *
 * root is "", or a directory that stands for the machine (sysfile.h).  What cannot be read
 * counts as no kill.  No state but the struct; nothing is owned.
 */
#ifndef HANDOFF_MEMORY_KILL_H
#define HANDOFF_MEMORY_KILL_H

#include <stddef.h>
#include <stdint.h>

#include "measure/round.h"

/* Our group and those above it; any further ones are not looked at. */
#define MEMORY_KILL_GROUPS 16

struct memory_kill {
	const char *root;
	size_t group_count;
	struct {
		int64_t kills;         /* since the group was made; of version 2 with those below */
		int64_t hits;          /* how often this limit stopped somebody */
	} groups[MEMORY_KILL_GROUPS];  /* ours first */
	int64_t kills;                 /* of the machine, since boot */
};

/* Counts from here on. */
void memory_kill_begin(const char *root, struct memory_kill *ret);

/*
 * If a task was killed since the last look, and the round has failed by somebody's death, it
 * has failed for that: its reason names the group and its limit, and says what to raise.
 */
void memory_kill_blame(struct memory_kill *last, struct round *round);

#endif
