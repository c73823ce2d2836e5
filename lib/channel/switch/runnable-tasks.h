/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/runnable-tasks - the helper's part of channel/switch/runnable.h: makes
 * the tasks, ends and reaps them.
 *
 * run() is for helper_begin(): it reports one int32_t over the socket, 0 once
 * all have had a turn or -errno with none left, and then waits for a byte or the
 * socket's end, which end them.
 */
#ifndef HANDOFF_RUNNABLE_TASKS_H
#define HANDOFF_RUNNABLE_TASKS_H

/* The argument is the struct runnable, with its table. */
void runnable_tasks_run(int socket, const void *runnable);

#endif
