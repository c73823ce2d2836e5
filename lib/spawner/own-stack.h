/* SPDX-License-Identifier: MIT */
/*
 * spawner/own-stack - makes stacks for tasks that get none from libc or from the kernel.
 *
 * One for each task that may be alive, each above a page that may not be
 * touched.  Their top pages are there from the start, so that the first task
 * pays no fault for its stack.  One owner.
 */
#ifndef HANDOFF_OWN_STACK_H
#define HANDOFF_OWN_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "spawner/spawner.h"

struct own_stacks {
	char *map;
	size_t guard_bytes;
	size_t stack_bytes;        /* each, without its guard */
	uint32_t count;
};

/* 0, or -errno with nothing left mapped and a reason where it helps. */
int own_stacks_map(struct own_stacks *stacks, const struct spawn_config *config,
		   const char **ret_reason);
void own_stacks_unmap(struct own_stacks *stacks);

/* The lowest address of this task's stack. */
static inline char *own_stack_of(const struct own_stacks *stacks, const struct spawn_task *task)
{
	uint32_t slot = task->index % stacks->count;

	return stacks->map + slot * (stacks->guard_bytes + stacks->stack_bytes) +
	       stacks->guard_bytes;
}

/* Where it begins to grow downwards. */
static inline char *own_stack_top(const struct own_stacks *stacks, const struct spawn_task *task)
{
	return own_stack_of(stacks, task) + stacks->stack_bytes;
}

#endif
