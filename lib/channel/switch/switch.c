/* SPDX-License-Identifier: MIT */
#include "channel/switch/switch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel/pair/proof.h"
#include "channel/switch/conditions.h"
#include "channel/switch/spinner.h"
#include "channel/switch/switch-ring.h"
#include "kernel/affinity.h"
#include "kernel/pages.h"
#include "kernel/proc-task.h"

/* A user-level switch is not the kernel's to count: there and back are two. */
#define USER_SWITCHES 2
/* Below this many switches a round trip nobody was switched to. */
#define SWITCHES_LEAST 0.5
/* Of the twin, a round trip: more, and somebody else had the CPU meanwhile. */
#define TWIN_SWITCHES_MOST 0.05

/* One task with both ends. */
struct twin {
	const struct channel *channel;
	struct channel_end *ends[2];
	uint32_t stop;
};

static int run_twin(void *argument, uint64_t n)
{
	const struct twin *twin = argument;

	return twin->channel->twin(twin->ends[0], twin->ends[1], n);
}

static int enter_both(const struct twin *twin)
{
	int error = twin->channel->enter(twin->ends[0]);

	if (error)
		return error;
	error = twin->channel->enter(twin->ends[1]);
	if (error)
		twin->channel->leave(twin->ends[0]);
	return error;
}

/* It must not have waited, nor been switched away from: then it is no twin. */
static int check_twin(const struct timing *timing, const struct task_usage *before,
		      const struct task_usage *after)
{
	double most = TWIN_SWITCHES_MOST * (double)timing->operations_done + 1;
	double waits = after->nvcsw - before->nvcsw, losses = after->nivcsw - before->nivcsw;

	if (waits > most)
		return -EDEADLK;
	return waits + losses <= most ? 0 : -EBUSY;
}

/* Ticks of a round trip of the twin, the harness's own taken off. */
static int time_twin(struct channel_context *context, struct twin *twin, double *ret_ticks)
{
	struct timed timed = channel_timed(context, run_twin, twin);
	struct timing timing = { .map_bytes = 0 };
	struct task_usage before, after;
	int error = timing_init(&timing, 1024);

	if (!error)
		error = timing_prepare(&timed, &timing);
	task_usage_own(false, &before);
	if (!error)
		error = timing_measure(&timed, &timing);
	task_usage_own(true, &after);
	if (!error)
		error = check_twin(&timing, &before, &after);
	if (!error) {
		struct round_series series;
		struct histogram_pair *pairs = NULL;

		error = timing_describe(&timing, "twin", &series, &pairs);
		*ret_ticks = series.p50 - series.overhead;
		free(pairs);
	}
	timing_done(&timing);
	return error;
}

static int use_twin(struct channel_context *context, void *state, double *ret_ticks)
{
	struct twin twin = { .channel = context->channel };
	struct channel_config config = context->config;
	struct channel_end *ends = pages_take(2 * sizeof(*ends));
	int error = ends ? 0 : -ENOMEM, made = 0;

	config.is_process = false;
	for (; made < 2 && !error; made += !error) {
		twin.ends[made] = &ends[made];
		error = channel_end_init(&ends[made], &config, state, made, &twin.stop);
	}
	if (!error)
		error = enter_both(&twin);
	if (!error) {
		error = time_twin(context, &twin, ret_ticks);
		twin.channel->leave(&ends[1]);
		twin.channel->leave(&ends[0]);
	}
	while (made--)
		channel_end_done(&ends[made]);
	pages_give(ends, 2 * sizeof(*ends));
	return error;
}

/* On a channel of its own: a process has closed the ends that are not its own. */
static int measure_twin(struct channel_context *context, double *ret_ticks)
{
	const struct channel *channel = context->channel;
	int cpu = context->job->cpu_a;
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_config config = context->config;
	void *state = pages_take(channel->state_bytes + 1);
	int error = state ? affinity_set(cpu, cpu) : -ENOMEM;

	*ret_ticks = 0;
	config.is_process = false;
	if (!error)
		error = channel->open(state, &config, reason);
	if (!error) {
		error = use_twin(context, state, ret_ticks);
		channel->close(state);
	}
	pages_give(state, channel->state_bytes + 1);
	if (error == -EDEADLK)
		round_fail(context->round, ROUND_SKIPPED, 0, "twin",
			   "its calls wait even where one task has both ends: a switch cannot be "
			   "told from that; use --placement of two CPUs");
	else if (error == -EBUSY)
		round_fail(context->round, ROUND_FAILED, 0, "twin",
			   "other tasks ran amidst the calls that were to make no switch");
	else if (error)
		round_skip(context->round, *reason ? 0 : error, "twin", reason);
	return error;
}

/* Switches that the kernel counted of both sides in the window, a round trip. */
static double switches_per_trip(const struct channel_context *context, const struct timing *timing,
				const struct channel_edges *edges)
{
	if (channel_context_has(context, CHANNEL_NULL))
		return USER_SWITCHES;
	return channel_switches(edges) / (double)timing->operations_done;
}

/*
 * A round trip holds the switches of both sides with the twin's calls, and those of
 * the runnable tasks with a call each: all switches share what is left without the calls.
 */
static void tell_switch(struct channel_context *context, const struct channel_conditions *conditions,
			struct timing *timing, double switches, double twin_ticks)
{
	double trips = (double)timing->operations_done, calls = (double)conditions->turns / trips;
	double others = channel_conditions_switches(conditions) / trips, to_ns;
	struct round *round = context->round;

	switches += others;
	twin_ticks += calls * conditions->yield_ticks;
	to_ns = context->job->ns_per_tick / switches;
	timing->overhead += twin_ticks;
	round->flags |= ROUND_TWIN;
	timing_scale(timing, 1 / switches);
	channel_describe(context, timing, "switch");
	if (round->status != ROUND_MEASURED)
		return;
	round_add_figure(round, "raw_ns", round->series[0].p50 * context->job->ns_per_tick);
	round_add_figure(round, "twin_ns", twin_ticks * to_ns);
	if (!conditions->runnable.count)
		return;
	round_add_figure(round, "others_switches_per_op", others);
	round_add_figure(round, "others_yields_per_op", calls);
}

static void measure_switch(struct channel_context *context, struct channel_pair *pair,
			   struct channel_conditions *conditions, double twin_ticks, struct timing *timing)
{
	struct timed timed = channel_timed(context, channel_run_ping, pair);
	struct channel_edges edges;
	double switches;
	int error;

	/* In whose trip the runnable tasks had a turn is not known, only how many had. */
	if (conditions->runnable.count)
		timed.batch = 1;
	channel_conditions_look(conditions);
	if (channel_prepare(context, &timed, timing))
		return;
	channel_edge_read(pair, false, &edges.before);
	channel_conditions_turns(conditions);
	error = channel_measure_window(context, &timed, timing);
	channel_conditions_turns(conditions);
	channel_edge_read(pair, true, &edges.after);
	channel_conditions_look_behind(conditions, pair);
	channel_tell_lost_of_pair(context, &edges, conditions->runnable.count);
	if (error || channel_context_stop(context, pair))
		return;
	channel_prove(context->job, pair, timing, &edges, context->round);
	channel_conditions_prove(context, conditions);
	switches = switches_per_trip(context, timing, &edges);
	if (switches < 0 || channel_conditions_switches(conditions) < 0) {
		round_fail(context->round, ROUND_SKIPPED, 0, "switches", PROC_TASK_UNREAD);
		return;
	}
	if (!(switches >= SWITCHES_LEAST)) {
		round_fail(context->round, ROUND_FAILED, 0, "switches",
			   "the kernel counted none: nobody was switched to");
		return;
	}
	tell_switch(context, conditions, timing, switches, twin_ticks);
	channel_tell(context->job, pair, timing, &edges, context->round);
}

static int measure_wake(struct channel_context *context, const struct timed *timed,
			struct timing *timing, const char *metric)
{
	int error = channel_prepare(context, timed, timing);

	if (!error)
		error = channel_measure_window(context, timed, timing);
	if (error)
		return error;
	timing_scale(timing, 0.5);
	channel_describe(context, timing, metric);
	return context->round->status == ROUND_MEASURED ? 0 : -EIO;
}

static int measure_busy(struct channel_context *context, const struct timed *timed,
			struct timing *timing)
{
	struct spinner spinners[2] = { { .pid = 0 }, { .pid = 0 } };
	uint64_t before[2] = { 0, 0 };
	int error = spinner_begin(&spinners[0], context->job->cpu_a);

	if (!error)
		error = spinner_begin(&spinners[1], context->job->cpu_b);
	for (int i = 0; i < 2 && !error; i++)
		before[i] = spinner_turns(&spinners[i]);
	if (error)
		round_refuse(context->round, error, "spinner", "");
	else
		error = measure_wake(context, timed, timing, "wake-busy");
	for (int i = 0; i < 2 && !error; i++)
		round_add_proof(context->round, i ? "there_busy" : "here_busy", PROOF_AT_LEAST, 1,
				(double)(spinner_turns(&spinners[i]) - before[i]));
	spinner_end(&spinners[0]);
	spinner_end(&spinners[1]);
	return error;
}

static void measure_wakes(struct channel_context *context, struct channel_pair *pair,
			  struct timing *timing)
{
	struct timed timed = channel_timed(context, channel_run_ping, pair);
	struct channel_edges edges;
	int error;

	channel_edge_read(pair, false, &edges.before);
	error = measure_wake(context, &timed, timing, "wake-idle");
	if (!error)
		error = measure_busy(context, &timed, timing);
	channel_edge_read(pair, true, &edges.after);
	/* Those that spin on the same CPUs give way at once. */
	channel_tell_lost_of_pair(context, &edges, true);
	if (!error && !channel_context_stop(context, pair))
		channel_prove(context->job, pair, timing, &edges, context->round);
}

static void measure_pair(struct channel_context *context, struct channel_conditions *conditions,
			 double twin_ticks, struct timing *timing)
{
	struct channel_pair pair;
	int error = channel_context_open(context, CHANNEL_PONG, &pair);

	if (!error && context->job->cpu_a == context->job->cpu_b)
		measure_switch(context, &pair, conditions, twin_ticks, timing);
	else if (!error)
		measure_wakes(context, &pair, timing);
	channel_pair_close(&pair);
}

/* The twin comes first and is gone before the pair: both may need the same names. */
static void run_pair(struct channel_context *context, struct timing *timing)
{
	bool is_switch = context->job->cpu_a == context->job->cpu_b;
	struct channel_conditions conditions = { .levels = -1 };
	double twin_ticks = 0;
	int error = channel_conditions_nest(context, &conditions);

	if (!error && is_switch && !channel_context_has(context, CHANNEL_NULL))
		error = measure_twin(context, &twin_ticks);
	if (!error)
		error = channel_conditions_runnable(context, &conditions);
	if (!error)
		measure_pair(context, &conditions, twin_ticks, timing);
	channel_conditions_end(&conditions);
}

void channel_switch_run(struct channel_context *context, struct timing *timing)
{
	if (context->job->cpu_a == context->job->cpu_b && channel_is_ring(context->job))
		channel_switch_ring_run(context, timing);
	else
		run_pair(context, timing);
}
