/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/switch - measures what it costs to hand the CPU to another task.
 *
 * On one CPU, switch: round trips over the channel, divided by the switches that
 * the kernel counted of both sides.  The same calls by one task that holds both
 * ends (the twin) are measured in the same round and taken off as overhead: net
 * is p50, the figure raw_ns has it whole, twin_ns is what was taken off.
 *
 * Around the pair there may be other runnable tasks and control groups, see
 * channel/switch/conditions.h.  The others' switches count as well, and what they call
 * to make them is taken off with the twin; times are then of batches.
 *
 * On two CPUs nothing is switched away from: a message wakes the other side up
 * there.  wake-idle is half a round trip while the CPUs are left alone, wake-busy
 * the same while a task of SCHED_IDLE keeps each of them awake.
 */
#ifndef HANDOFF_CHANNEL_SWITCH_H
#define HANDOFF_CHANNEL_SWITCH_H

#include "channel/pair/context.h"

void channel_switch_run(struct channel_context *context, struct timing *timing);

#endif
