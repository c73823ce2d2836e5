/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/switch-ring - measures a switch among many tasks, or among tasks that work.
 *
 * On one CPU: laps of a ring (channel/switch/ring.h), divided by the switches that the
 * kernel counted of all tasks.  The twin is one task that holds both ends of one
 * such channel: its calls, and the work of all tasks in turn, are a hop; a lap
 * has one a task.  What it takes is taken off: net is p50, which then holds the
 * switch itself and what it makes the caches and the kernel do over again.
 */
#ifndef HANDOFF_CHANNEL_SWITCH_RING_H
#define HANDOFF_CHANNEL_SWITCH_RING_H

#include "channel/pair/context.h"

/* Whether the job asks for more than a pair that hands over and does nothing else. */
bool channel_is_ring(const struct channel_job *job);

void channel_switch_ring_run(struct channel_context *context, struct timing *timing);

#endif
