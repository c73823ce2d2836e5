/* SPDX-License-Identifier: MIT */
#include "channel/message/measure.h"

#include <stdio.h>
#include <string.h>

#include "channel/message/measure-background.h"
#include "channel/pair/one-way.h"
#include "channel/pair/proof.h"
#include "channel/pair/set-up.h"
#include "kernel/affinity.h"
#include "kernel/cpu-steal.h"
#include "kernel/process-facts.h"
#include "measure/core-speed.h"

/* A bound of the clocks' difference above this share of the figure, and it is none. */
#define SKEW_SHARE_MOST 0.1
#define LATE_SHARE_MOST 0.01

static const char *metric_of(const struct channel_context *context)
{
	if (channel_context_is(context, "latency"))
		return "round-trip";
	if (channel_context_is(context, "throughput"))
		return "transfer";
	return channel_context_is(context, "rate") ? "response" : context->job->mode;
}

static void tell_one_way(const struct channel_context *context)
{
	struct round *round = context->round;
	char reason[CHANNEL_REASON_BYTES];
	double p50_ns, bound_ns = context->skew_bound_ticks * context->job->ns_per_tick;

	if (!round->series_count)
		return;
	p50_ns = (round->series[0].p50 - round->series[0].overhead) * context->job->ns_per_tick;
	round_add_figure(round, "skew_bound_ns", bound_ns);
	if (bound_ns <= SKEW_SHARE_MOST * p50_ns)
		return;
	snprintf(reason, sizeof(reason),
		 "the clocks of the two CPUs may be %.0f ns apart, more than a tenth of %.0f ns: use "
		 "--mode latency and half of the round trip", bound_ns, p50_ns);
	round_fail(round, ROUND_SKIPPED, 0, "clock", reason);
}

static void tell_mode(const struct channel_context *context, const struct timing *timing)
{
	double messages = (double)timing->operations_done;

	if (channel_context_is(context, "one-way"))
		tell_one_way(context);
	if (!channel_context_is(context, "rate") || context->round->status != ROUND_MEASURED)
		return;
	round_add_figure(context->round, "messages_per_s",
			 1e9 * messages / ((double)(timing->end - timing->begin) *
					   context->job->ns_per_tick));
	round_add_figure(context->round, "late_share", (double)context->pace.late / messages);
	/* One alone may be somebody else's fault. */
	if (context->pace.late > 1 && (double)context->pace.late > LATE_SHARE_MOST * messages)
		context->round->flags |= ROUND_GENERATOR;
}

/* Of a spin one empty try shows that it did not sleep in the call. */
static void prove_wait(const struct channel_pair *pair, struct round *round)
{
	const struct channel_end *end = pair->end;
	double waits = (double)(end->waits + pair->lane->waits);

	if (pair->wait == CHANNEL_WAIT_SPIN)
		round_add_proof(round, "tries", PROOF_AT_LEAST, 1, waits);
	else if (pair->wait != CHANNEL_WAIT_BLOCK)
		round_add_proof(round, "waits", PROOF_EQUAL,
				(double)(end->received + pair->lane->received), waits);
}

static void tell_wait(const struct channel_pair *pair, struct round *round)
{
	const struct channel_end *end = pair->end;

	if (pair->wait == CHANNEL_WAIT_SPIN && round->status == ROUND_MEASURED)
		round_add_figure(round, "tries_per_op",
				 (double)end->waits / (double)end->received);
}

void channel_measure_tell(struct channel_context *context, const struct channel_pair *pair,
			  struct timing *timing, const struct channel_edges *edges)
{
	channel_prove(context->job, pair, timing, edges, context->round);
	prove_wait(pair, context->round);
	channel_describe(context, timing, metric_of(context));
	channel_tell(context->job, pair, timing, edges, context->round);
	tell_mode(context, timing);
	tell_wait(pair, context->round);
}

/* Between the edges of the window; the answer is proved once the other side has ended. */
static void measure_pair(struct channel_context *context, struct channel_pair *pair,
			 struct channel_beside *beside, struct timing *timing)
{
	bool is_stream = pair->duty == CHANNEL_DRAIN;
	struct timed timed = channel_timed(context, is_stream ? channel_run_pour : channel_run_ping, pair);
	struct channel_edges edges;
	int error;

	timed.unit = is_stream ? context->config.depth : 1;
	if (channel_beside_go(context, beside) || channel_prepare(context, &timed, timing))
		return;
	/* In this order: the look at many pairs takes long, and is not of the window. */
	channel_beside_read(beside, pair, 0);
	channel_edge_read(pair, false, &edges.before);
	error = channel_measure_window(context, &timed, timing);
	channel_edge_read(pair, true, &edges.after);
	if (error || channel_beside_await(context, pair, beside))
		return;
	channel_beside_read(beside, pair, 1);
	if (channel_context_stop(context, pair) || channel_beside_stop(context, beside))
		return;
	channel_tell_lost_of_pair(context, &edges, beside->background.count);
	channel_measure_tell(context, pair, timing, &edges);
	channel_beside_tell(context, pair, beside);
}

/* For --list one message there and back will do, of no matter what length. */
static void try_pair(struct channel_context *context, struct channel_pair *pair, struct timing *timing)
{
	int error = channel_run_ping(pair, 1);

	timing->sample.ticks[timing->sample.count++] = 1;
	if (error)
		round_refuse(context->round, error, "try", "");
	else if (!channel_context_stop(context, pair))
		channel_describe(context, timing, "round-trip");
}

static enum channel_duty duty_of(const struct channel_context *context)
{
	if (channel_context_is(context, "throughput"))
		return CHANNEL_DRAIN;
	return channel_context_is(context, "one-way") ? CHANNEL_STAMP : CHANNEL_PONG;
}

void channel_measure_pair(struct channel_context *context, struct timing *timing)
{
	struct channel_pair pair = { .pid = 0 };
	struct channel_beside beside;
	int error = channel_beside_begin(context, duty_of(context), &beside);

	if (!error)
		error = channel_context_open(context, duty_of(context), &pair);
	if (!error && context->job->is_probe)
		try_pair(context, &pair, timing);
	else if (!error)
		measure_pair(context, &pair, &beside, timing);
	channel_pair_close(&pair);
	channel_beside_end(&beside);
}

/* One task with both ends, on the first CPU of the seat. */
static void tell_lost_alone(struct channel_context *context, const struct task_usage *before,
			    const struct task_usage *after)
{
	struct lost_time lost;

	lost_time_init(&lost);
	lost_time_add(&lost, before, after);
	channel_tell_lost(context, &lost, context->job->cpu_a != context->job->cpu_b);
}

void channel_measure_set_up(struct channel_context *context, struct timing *timing)
{
	struct channel_set_up set_up = { .channel = context->channel, .config = context->config };
	struct timed timed = channel_timed(context, channel_set_up_run, &set_up);
	struct task_usage before, after;
	int cpu = context->job->cpu_a, error = cpu >= 0 ? affinity_set(cpu, cpu) : 0;

	context->round->rss_kib = process_status(0, "VmRSS");
	if (!error)
		error = channel_set_up_init(&set_up);
	if (!error)
		error = timing_prepare(&timed, timing);
	context->round->core_per_tick = core_speed_per_tick(timed.clock.source);
	context->steal_ns = cpu_steal_ns("", cpu, cpu);
	task_usage_own(false, &before);
	if (error && set_up.opened) {
		round_refuse(context->round, error, "prepare", "");
	} else if (error) {
		round_skip(context->round, *set_up.reason ? 0 : error, "open", set_up.reason);
	} else if (!channel_measure_window(context, &timed, timing)) {
		task_usage_own(true, &after);
		tell_lost_alone(context, &before, &after);
		channel_prove_place(cpu, &before, &after, 0, context->round);
		round_add_proof(context->round, "messages", PROOF_EQUAL, (double)set_up.opened,
				(double)set_up.received);
		round_add_proof(context->round, "sums", PROOF_EQUAL, (double)set_up.opened,
				(double)set_up.agreed);
		channel_describe(context, timing, "set-up");
	}
	channel_set_up_done(&set_up);
}
