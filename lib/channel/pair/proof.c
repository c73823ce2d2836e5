/* SPDX-License-Identifier: MIT */
#include "channel/pair/proof.h"

#include <string.h>

#include "measure/memory-proof.h"

static bool has_other_side(const struct channel_pair *pair)
{
	return !(pair->channel->about.traits & CHANNEL_NULL);
}

/* Ours next to the window: to read of the other side is not what its messages cost. */
void channel_edge_read(const struct channel_pair *pair, bool is_behind, struct channel_edge *ret)
{
	*ret = (struct channel_edge){ .side = { { .cpu = -1 }, { .cpu = -1 } } };
	if (is_behind)
		task_usage_own(true, &ret->side[0]);
	if (has_other_side(pair))
		task_usage_other(pair->lane->tid, pair->config.is_process, &ret->side[1]);
	if (!is_behind)
		task_usage_own(false, &ret->side[0]);
}

void channel_tell_lost_of_pair(struct channel_context *context, const struct channel_edges *edges,
			       bool has_others)
{
	struct lost_time lost;

	lost_time_init(&lost);
	lost_time_add(&lost, &edges->before.side[0], &edges->after.side[0]);
	/* Of one on another host others take nothing from us. */
	if (edges->after.side[1].at_ns)
		lost_time_add(&lost, &edges->before.side[1], &edges->after.side[1]);
	channel_tell_lost(context, &lost, has_others);
}

static double difference(double before, double after)
{
	return before < 0 || after < 0 ? -1 : after - before;
}

/* Of both sides, or -1 where one of them cannot be read. */
static double both(double a, double b)
{
	return a < 0 || b < 0 ? -1 : a + b;
}

static double switches_of(const struct channel_edges *edges, int side)
{
	const struct task_usage *before = &edges->before.side[side];
	const struct task_usage *after = &edges->after.side[side];

	return both(difference(before->nvcsw, after->nvcsw),
		    difference(before->nivcsw, after->nivcsw));
}

double channel_switches(const struct channel_edges *edges)
{
	return both(switches_of(edges, 0), switches_of(edges, 1));
}

static double cpu_ns_of(const struct channel_edges *edges, int side)
{
	return difference(edges->before.side[side].cpu_ns, edges->after.side[side].cpu_ns);
}

/* What one side has sent the other has received, to the last bit. */
static void prove_messages(const struct channel_pair *pair, struct round *round)
{
	const struct channel_end *end = pair->end;
	const struct channel_lane *lane = pair->lane;

	round_add_proof(round, "messages_there", PROOF_EQUAL, (double)end->sent,
			(double)lane->received);
	round_add_proof(round, "messages_back", PROOF_EQUAL, (double)lane->sent,
			(double)end->received);
	if (pair->config.message_bytes)
		round_add_proof(round, "sums", PROOF_EQUAL, 2,
				(end->sum_sent == lane->sum_received) +
				(lane->sum_sent == end->sum_received));
}

void channel_prove_place(int cpu, const struct task_usage *before, const struct task_usage *after,
			 int side, struct round *round)
{
	double migrations = difference(before->migrations, after->migrations);

	round_saw_cpu(round, before->cpu);
	round_saw_cpu(round, after->cpu);
	if (cpu < 0)
		return;
	round_add_proof(round, side ? "there_on_cpu" : "here_on_cpu", PROOF_EQUAL, 2,
			(before->cpu == cpu) + (after->cpu == cpu));
	if (migrations >= 0)
		round_add_proof(round, side ? "there_migrations" : "here_migrations", PROOF_EQUAL, 0,
				migrations);
}

/* On one CPU nobody gets an answer unless the other side runs: two switches a round trip. */
static void prove_switches(const struct channel_job *job, const struct channel_pair *pair,
			   const struct timing *timing, const struct channel_edges *edges,
			   struct round *round)
{
	double switches = channel_switches(edges);

	if (job->cpu_a < 0 || job->cpu_a != job->cpu_b || pair->duty == CHANNEL_DRAIN || switches < 0)
		return;
	round_add_proof(round, "switches", PROOF_MOSTLY, 2 * (double)timing->operations_done,
			switches);
}

/* What messages are made in, and what the two sides share. */
static void prove_memory(const struct channel_job *job, const struct channel_pair *pair,
			 struct round *round)
{
	memory_proof_add(round, job->memory_nodes, pair->end->buffers,
			 channel_end_buffer_bytes(pair->end));
	memory_proof_add(round, job->memory_nodes, pair->lane, pair->lane_bytes);
}

void channel_prove(const struct channel_job *job, const struct channel_pair *pair,
		   const struct timing *timing, const struct channel_edges *edges,
		   struct round *round)
{
	if (has_other_side(pair)) {
		prove_messages(pair, round);
		channel_prove_place(job->cpu_b, &edges->before.side[1], &edges->after.side[1], 1, round);
		prove_switches(job, pair, timing, edges, round);
	}
	channel_prove_place(job->cpu_a, &edges->before.side[0], &edges->after.side[0], 0, round);
	prove_memory(job, pair, round);
}

static void tell_per_op(const char *name, double value, double operations, struct round *round)
{
	if (value >= 0)
		round_add_figure(round, name, value / operations);
}

/* What was done divided by the time it took, from the window's first mark to its last. */
static void tell_rates(const struct channel_job *job, const struct channel_pair *pair,
		       const struct timing *timing, struct round *round)
{
	double ns = timing_window(timing) * job->ns_per_tick;
	double per_s = 1e9 * (double)timing->operations_done / ns;

	if (!(ns > 0))
		return;
	round_add_figure(round, "messages_per_s", per_s);
	if (pair->config.message_bytes)
		round_add_figure(round, "bytes_per_s", per_s * (double)pair->config.message_bytes);
}

void channel_tell(const struct channel_job *job, const struct channel_pair *pair,
		  const struct timing *timing, const struct channel_edges *edges,
		  struct round *round)
{
	double operations = (double)timing->operations_done;
	const struct round_series *series = &round->series[0];
	double p50_ns = (series->p50 - series->overhead) * job->ns_per_tick;

	if (round->status != ROUND_MEASURED)
		return;
	if (!strcmp(series->metric, "round-trip"))
		round_add_figure(round, "half_ns", p50_ns / 2);
	if (pair->duty == CHANNEL_DRAIN)
		tell_rates(job, pair, timing, round);
	if (has_other_side(pair))
		tell_per_op("there_cpu_ns_per_op", cpu_ns_of(edges, 1), operations, round);
	/* At a rate of its own the side that measures spins until the next is due. */
	if (strcmp(series->metric, "response")) {
		tell_per_op("here_cpu_ns_per_op", cpu_ns_of(edges, 0), operations, round);
		tell_per_op("cpu_ns_per_op", both(cpu_ns_of(edges, 0), cpu_ns_of(edges, 1)),
			    operations, round);
	}
	if (!has_other_side(pair))
		return;
	tell_per_op("switches_per_op", channel_switches(edges), operations, round);
}
