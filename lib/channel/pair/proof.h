/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/proof - proves that messages were passed, and tells what that took.
 *
 * Edges are read before and behind the measured window; prove() and tell() follow
 * once the other side has ended and its counts are final.
 */
#ifndef HANDOFF_CHANNEL_PROOF_H
#define HANDOFF_CHANNEL_PROOF_H

#include "channel/pair/context.h"
#include "channel/pair/job.h"
#include "channel/pair/pair.h"
#include "kernel/task-usage.h"
#include "measure/round.h"
#include "measure/timing.h"

struct channel_edge {
	struct task_usage side[2];
};

struct channel_edges {
	struct channel_edge before, after;
};

/* Before the window or behind it. */
void channel_edge_read(const struct channel_pair *pair, bool is_behind, struct channel_edge *ret);

/* Switches of both sides, voluntary and not, between the edges; -1: unknown. */
double channel_switches(const struct channel_edges *edges);

/* What both sides lost between the edges (channel/pair/context.h). */
void channel_tell_lost_of_pair(struct channel_context *context, const struct channel_edges *edges,
			       bool has_others);

/* That a side was on its CPU at both edges and did not migrate; -1: it may be anywhere. */
void channel_prove_place(int cpu, const struct task_usage *before, const struct task_usage *after,
			 int side, struct round *round);

/* Counts and sums of both sides, CPUs, migrations, switches where there must be some. */
void channel_prove(const struct channel_job *job, const struct channel_pair *pair,
		   const struct timing *timing, const struct channel_edges *edges,
		   struct round *round);

/* Figures: half of a round trip, rates, CPU time and switches of each side. */
void channel_tell(const struct channel_job *job, const struct channel_pair *pair,
		  const struct timing *timing, const struct channel_edges *edges,
		  struct round *round);

#endif
