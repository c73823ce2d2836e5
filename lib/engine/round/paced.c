/* SPDX-License-Identifier: MIT */
#include "engine/round/paced.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "engine/pace.h"

#define REQUESTS_LEAST 5
#define REQUESTS_MOST (1u << 17)
/* Until all tasks of an engine are awake, and wait for what is due. */
#define LEAD_NS 1e6
#define LEAD_LANE_NS 2e4
#define LATE_SHARE_MOST 0.01

bool engine_paced_is_wanted(const struct engine_context *context)
{
	return context->job->rate > 0;
}

/* Of a file that is cold only once, no more than there are blocks. */
static uint64_t requests_of(const struct engine_context *context)
{
	const struct engine_job *job = context->job;
	double wanted = (double)job->window_ns / 1e9 * (double)job->rate;
	uint64_t blocks = context->config.file_bytes / context->config.block_bytes;

	if (wanted > REQUESTS_MOST)
		wanted = REQUESTS_MOST;
	if (engine_context_is_cache(context, "cold") && blocks && wanted > (double)blocks)
		wanted = (double)blocks;
	return wanted < REQUESTS_LEAST ? REQUESTS_LEAST : (uint64_t)wanted;
}

static struct engine_pace_plan plan_of(const struct engine_context *context)
{
	const struct engine_job *job = context->job;

	return (struct engine_pace_plan){
		.clock = { (enum clock_source)job->clock_source, job->ns_per_tick },
		.rate = job->rate,
		.is_poisson = !strcmp(job->arrivals, "poisson"),
		.count = requests_of(context),
		.seed = job->seed,
	};
}

int engine_paced_open(struct engine_context *context)
{
	struct engine_pace_plan plan = plan_of(context);
	int error = engine_pace_init(&context->pace, &plan);

	if (error)
		round_refuse(context->round, error, "memory", "");
	/* Inherited by all that sleeps for it. */
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	return error;
}

void engine_paced_close(struct engine_context *context)
{
	engine_pace_done(context->pace);
	context->pace = NULL;
}

static int find_untimed(const struct engine_pace *pace)
{
	for (uint64_t i = 0; i < pace->count; i++)
		if (pace->response[i] < 0 || pace->request[i] < 0)
			return -ENODATA;
	return 0;
}

int engine_paced_measure(const struct timed *timed, struct engine_context *context,
			 struct timing *timing)
{
	struct engine_pace_plan plan = plan_of(context);
	double lead_ns = LEAD_NS + LEAD_LANE_NS * context->config.depth;
	int error;

	engine_lanes_pace(&context->lanes, context->pace);
	timing->begin = clock_start(timed->clock.source);
	engine_pace_begin(context->pace, &plan,
			  timing->begin + (uint64_t)(lead_ns / timed->clock.ns_per_tick));
	error = timed->run(timed->state, plan.count);
	timing->end = clock_stop(timed->clock.source);
	timing->operations_done = plan.count;
	engine_lanes_pace(&context->lanes, NULL);
	return error ? error : find_untimed(context->pace);
}

static void describe(struct engine_context *context, const struct timing *timing, const char *metric,
		     int64_t *ticks)
{
	const struct sample sample = { .ticks = ticks, .count = context->pace->count };
	const struct sample *samples = &sample;
	struct round *round = context->round;
	uint32_t i = round->series_count;
	int error;

	memset(&round->series[i], 0, sizeof(round->series[i]));
	snprintf(round->series[i].metric, sizeof(round->series[i].metric), "%s", metric);
	error = sample_describe(&samples, 1, &round->series[i], &context->pairs[i]);
	if (error) {
		round_fail(round, ROUND_FAILED, error, "samples", "");
		return;
	}
	round->series[i].overhead = timing->region_overhead;
	round->series_count++;
}

void engine_paced_tell(struct engine_context *context, const struct timing *timing)
{
	struct engine_pace *pace = context->pace;
	double late = (double)pace->late, count = (double)pace->count;

	context->round->flags |= timing->flags;
	describe(context, timing, "request", pace->request);
	if (context->round->status == ROUND_MEASURED)
		describe(context, timing, "response", pace->response);
	if (context->round->status != ROUND_MEASURED)
		return;
	round_add_figure(context->round, "late_share", late / count);
	/* One alone may be somebody else's fault. */
	if (late > 1 && late > LATE_SHARE_MOST * count)
		context->round->flags |= ROUND_GENERATOR;
}

double engine_paced_interval_ns(const struct engine_context *context)
{
	const struct engine_pace *pace = context->pace;
	uint64_t last = 0;

	for (uint64_t i = 0; i < pace->count; i++) {
		uint64_t end = pace->due[i] + (uint64_t)pace->response[i];

		last = end > last ? end : last;
	}
	return (double)(last - pace->due[0]) / (double)(pace->count - 1) * pace->clock.ns_per_tick;
}
