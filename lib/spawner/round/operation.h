/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/operation - times the life of one task, or of a group.
 *
 * The steps that the loop is made of.  All return 0 or -errno and leave what
 * failed in lane->round; tasks that were started are always collected.
 */
#ifndef HANDOFF_SPAWN_OPERATION_H
#define HANDOFF_SPAWN_OPERATION_H

#include "spawner/round/loop.h"

/* Start one task and reap it; record it if the loop is recording. */
int spawn_run_single(struct spawn_loop *loop);

/* The same for what the loop's tasks are: one alone, or all held at once. */
int spawn_run_some(struct spawn_loop *loop);

/* A task that left no trace did not run, whatever its exit status says. */
bool spawn_has_run(const struct spawn_loop *loop, const struct spawn_task *task);

/* Where creator and task are now, into the lane. */
void spawn_keep_places(struct spawn_loop *loop, const struct spawn_task *task);

/* Fail the round; returns error. */
int spawn_fail(struct spawn_loop *loop, int error, const char *step);

/* Start count tasks and leave them held; end them. For what is not timed. */
int spawn_loop_hold(struct spawn_loop *loop, uint32_t count, uint32_t *ret_started);
int spawn_loop_let_go(struct spawn_loop *loop, uint32_t count);

#endif
