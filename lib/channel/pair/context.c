/* SPDX-License-Identifier: MIT */
#include "channel/pair/context.h"

#include <errno.h>
#include <string.h>

#include "channel/pair/one-way.h"
#include "kernel/cpu-steal.h"
#include "kernel/perf-control.h"
#include "kernel/probe.h"
#include "kernel/process-facts.h"
#include "measure/core-speed.h"

bool channel_context_has(const struct channel_context *context, unsigned int traits)
{
	return context->channel->about.traits & traits;
}

bool channel_context_is(const struct channel_context *context, const char *mode)
{
	return !strcmp(context->job->mode, mode);
}

int channel_run_ping(void *state, uint64_t n)
{
	struct channel_pair *pair = state;

	return pair->channel->ping(pair->end, n);
}

int channel_run_pour(void *state, uint64_t n)
{
	struct channel_pair *pair = state;

	return pair->channel->pour(pair->end, n);
}

static int run_empty(void *state, uint64_t n)
{
	(void)state, (void)n;
	return 0;
}

static int control(const struct channel_context *context, int (*step)(int, int))
{
	int error = step(context->job->control_fd, context->job->ack_fd);

	if (error)
		round_fail(context->round, ROUND_FAILED, error, "perf control", "");
	if (context->job->control_fd >= 0)
		context->round->flags |= ROUND_PERF;
	return error;
}

/* What fills the window: one of the loops, by the mode. */
static int fill_window(struct channel_context *context, const struct timed *timed,
		       struct timing *timing)
{
	if (channel_context_is(context, "one-way"))
		return channel_one_way_measure(timed, timed->state, timing);
	if (channel_context_is(context, "rate"))
		return channel_paced_measure(timed, &context->pace, timing);
	return timing_measure(timed, timing);
}

int channel_measure_window(struct channel_context *context, const struct timed *timed,
			   struct timing *timing)
{
	int error = control(context, perf_control_enable), failed;

	if (error)
		return error;
	PROBE_WINDOW_BEGIN(context->channel->about.name);
	error = fill_window(context, timed, timing);
	PROBE_WINDOW_END(context->channel->about.name, timing->operations_done);
	if (error)
		round_refuse(context->round, error, "measure", "");
	failed = control(context, perf_control_disable);
	return error ? error : failed;
}

void channel_describe(const struct channel_context *context, const struct timing *timing,
		      const char *metric)
{
	struct round *round = context->round;
	uint32_t i = round->series_count;
	int error = timing_describe(timing, metric, &round->series[i], &context->pairs[i]);

	if (error == -ERANGE)
		round_fail(round, ROUND_FAILED, 0, "clock",
			   "the counters of two CPUs disagree: a message came before it was sent");
	else if (error)
		round_fail(round, ROUND_FAILED, error, "samples", "");
	if (error)
		return;
	round->series_count++;
	round->window_ticks = timing_window(timing);
	round->flags |= timing->flags;
}

static int is_batched(const struct channel_context *context)
{
	if (context->job->batch >= 0)
		return context->job->batch;
	return channel_is_batched(context->channel->about.traits,
				  channel_context_is(context, "throughput"));
}

struct timed channel_timed(const struct channel_context *context, int (*run)(void *, uint64_t),
			   void *state)
{
	const struct channel_job *job = context->job;
	struct timed timed = {
		.run = run,
		.run_empty = run_empty,
		.state = state,
		.clock = { (enum clock_source)job->clock_source, job->ns_per_tick },
		.window_ns = job->window_ns,
		.seed = job->seed,
		.batch = is_batched(context),
	};

	return timed;
}

int channel_prepare(struct channel_context *context, const struct timed *timed,
		    struct timing *timing)
{
	int error = timing_prepare(timed, timing);

	context->round->core_per_tick = core_speed_per_tick(timed->clock.source);
	context->steal_ns = cpu_steal_ns("", context->job->cpu_a, context->job->cpu_b);
	if (error)
		round_refuse(context->round, error, "prepare", "");
	return error;
}

void channel_tell_lost(struct channel_context *context, const struct lost_time *lost,
		       bool has_others)
{
	const struct channel_job *job = context->job;
	struct lost_time *told = &context->round->lost;

	*told = *lost;
	told->is_whole = true;
	told->cpus = has_others ? 0 : lost_time_cpus(job->cpu_a, job->cpu_b);
	/* Two on one CPU: while one sleeps the other has the message.  At a rate both may sleep. */
	told->is_crowded = has_others || job->fan_in > 1;
	told->is_busy = told->cpus == 1 && !channel_context_is(context, "rate");
	told->steal_ns = lost_time_steal(context->steal_ns,
					 cpu_steal_ns("", job->cpu_a, job->cpu_b));
}

int channel_context_open(struct channel_context *context, enum channel_duty duty,
			 struct channel_pair *ret_pair)
{
	const struct channel_job *job = context->job;
	char reason[CHANNEL_REASON_BYTES] = "";
	int error;

	*ret_pair = (struct channel_pair){
		.channel = context->channel,
		.config = context->config,
		.duty = duty,
		.source = (enum clock_source)job->clock_source,
		.wait = channel_wait_find(job->wait),
		.cpu_a = job->cpu_a,
		.cpu_b = job->cpu_b,
		.lost = context->lost,
	};
	error = channel_pair_open(ret_pair, reason);
	context->round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		context->round->flags |= ROUND_TRACED;
	/* What a kernel or an account lacks is a skip; a late start may come in time next round. */
	if (error == -ETIMEDOUT && !*reason)
		round_fail(context->round, ROUND_FAILED, error, "other side", "it did not enter in time");
	else if (error)
		round_skip(context->round, *reason ? 0 : error, "open", reason);
	return error;
}

int channel_context_stop(struct channel_context *context, struct channel_pair *pair)
{
	int error = channel_pair_stop(pair);

	if (error)
		round_refuse(context->round, error, "stop", "");
	return error;
}
