/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/conditions - puts runnable tasks beside a switch, and control groups around it.
 *
 * Other runnable tasks on their CPU (channel/switch/runnable.h, job->runnable of them), and
 * control groups around them (channel/switch/cgroup-nest.h, job->cgroup_depth levels).
 *
 * Order: nest() before the twin, which is measured inside; runnable() behind it and
 * before the pair, whose other side is then inside, too.  look() before the
 * warm-up, since it is slow and others run meanwhile; turns() at the very edges
 * of the window; look_behind() before the other side ends; then prove().  end()
 * takes a zeroed struct.  What fails is told in the round.
 */
#ifndef HANDOFF_CHANNEL_SWITCH_CONDITIONS_H
#define HANDOFF_CHANNEL_SWITCH_CONDITIONS_H

#include "channel/pair/context.h"
#include "channel/switch/cgroup-nest.h"
#include "channel/switch/runnable.h"

struct channel_conditions {
	struct cgroup_nest nest;
	struct runnable runnable;
	struct runnable_look before, behind;
	int levels;                /* of both sides, the lesser, below where we began */
	uint64_t turns;            /* of the runnable tasks in the window */
	double yield_ticks;        /* of sched_yield() with nobody to give way to */
};

int channel_conditions_nest(struct channel_context *context, struct channel_conditions *conditions);
int channel_conditions_runnable(struct channel_context *context, struct channel_conditions *conditions);
void channel_conditions_look(struct channel_conditions *conditions);
void channel_conditions_turns(struct channel_conditions *conditions);
void channel_conditions_look_behind(struct channel_conditions *conditions,
				    const struct channel_pair *pair);
void channel_conditions_prove(const struct channel_context *context, const struct channel_conditions *conditions);
void channel_conditions_end(struct channel_conditions *conditions);

/*
 * Switches of the runnable tasks in the window, as the kernel counts them: the calls that
 * were made there, times the kernel's switches a call between both looks.  -1:
 * they cannot be read.
 */
double channel_conditions_switches(const struct channel_conditions *conditions);

#endif
