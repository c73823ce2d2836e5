/* SPDX-License-Identifier: MIT */
#include "engine/round/round.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/round/context.h"
#include "engine/round/file.h"
#include "engine/round/paced.h"
#include "engine/round/ramp.h"
#include "engine/round/sleep.h"
#include "engine/round/window.h"
#include "kernel/pages.h"
#include "kernel/perf-control.h"
#include "kernel/probe.h"
#include "kernel/process-facts.h"
#include "measure/core-speed.h"

#define REGIONS 4096
/* Latencies that a round keeps, of all lanes. */
#define SAMPLES (1u << 17)
#define SAMPLES_LEAST 256
/* Cheaper than this, and reading the clock for each would be what is measured. */
#define TIMED_BELOW_NS 2000
#define SAMPLING 16
/* A cold file of so many blocks a lane has some to spare for what one takes. */
#define COLD_SPARE 8

/* The operation of measure/timing.h: so many requests, the depth of them under way. */
static int run_requests(void *argument, uint64_t n)
{
	struct engine_context *context = argument;

	if (engine_service_is_wanted(context))
		return engine_service_run(context, n);
	if (engine_context_sleeps(context))
		engine_lanes_begin_each(&context->lanes, n / context->config.depth);
	else
		engine_lanes_begin(&context->lanes, n);
	return context->engine->run(context->state);
}

static int run_empty(void *argument, uint64_t n)
{
	(void)argument, (void)n;
	return 0;
}

static struct timed timed_of(struct engine_context *context)
{
	const struct engine_job *job = context->job;
	struct timed timed = {
		.run = run_requests,
		.run_empty = run_empty,
		.state = context,
		.clock = { (enum clock_source)job->clock_source, job->ns_per_tick },
		.window_ns = job->window_ns,
		.seed = job->seed,
		.batch = 1,
		.unit = context->config.depth,
		.has_ends = true,
		.has_ramp = engine_ramp_is_wanted(context),
	};

	return timed;
}

/* Lanes and engine */

static int take_lanes(struct engine_context *context)
{
	const struct engine_job *job = context->job;
	struct engine_lanes_plan plan = {
		.count = context->config.depth,
		.block_bytes = context->config.block_bytes,
		.samples = SAMPLES / context->config.depth,
	};
	int error;

	if (plan.samples < SAMPLES_LEAST)
		plan.samples = SAMPLES_LEAST;
	if (engine_context_sleeps(context))
		plan = engine_sleep_lanes(context);
	error = engine_lanes_init(&context->lanes, &plan);
	if (error) {
		round_refuse(context->round, error, "memory", "");
		return error;
	}
	context->lanes.load->source = (enum clock_source)job->clock_source;
	context->lanes.load->is_write = engine_context_writes(context);
	context->lanes.load->seed = engine_context_writes(context) ? job->seed | 1 : 0;
	context->lanes.load->has_bytes = !engine_context_has(context, ENGINE_NOP) &&
					context->config.operation != ENGINE_SLEEP &&
					context->config.operation != ENGINE_ECHO;
	context->lanes.load->is_known = !job->is_foreign;
	context->config.lanes = context->lanes.lanes;
	context->config.load = context->lanes.load;
	context->config.is_paced = engine_paced_is_wanted(context);
	return context->config.is_paced ? engine_paced_open(context) : 0;
}

static int open_engine(struct engine_context *context)
{
	char reason[ENGINE_REASON_BYTES] = "";
	int error;

	context->memory_kib = -engine_sleep_memory_kib(context);
	context->state = pages_take(context->engine->state_bytes + 1);
	error = context->state ? context->engine->open(context->state, &context->config, reason)
			      : -ENOMEM;
	context->memory_kib += engine_sleep_memory_kib(context);
	context->round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		context->round->flags |= ROUND_TRACED;
	/* What a kernel or an account lacks is a skip, not an error. */
	if (error)
		round_skip(context->round, *reason ? 0 : error, "open", reason);
	return error;
}

/* The window */

static int control(const struct engine_context *context, int (*step)(int, int))
{
	int error = step(context->job->control_fd, context->job->ack_fd);

	if (error)
		round_fail(context->round, ROUND_FAILED, error, "perf control", "");
	if (context->job->control_fd >= 0)
		context->round->flags |= ROUND_PERF;
	return error;
}

/* No file is cold twice: as few requests, and no more than blocks that are left; and no
 * sleeper twice asleep. */
static uint64_t requests_once(const struct engine_context *context, const struct timing *timing)
{
	uint64_t left = context->lanes.load->blocks - context->lanes.load->count;
	uint64_t per_lane = engine_window_per_lane(0,
						   timing->operation_ticks * context->job->ns_per_tick,
						   context->config.depth);

	if (engine_context_sleeps(context))
		return context->job->depth;
	return per_lane * context->config.depth < left ? per_lane * context->config.depth : left;
}

static bool is_measured_once(const struct engine_context *context)
{
	return engine_context_sleeps(context) || engine_context_is_cache(context, "cold");
}

/* One region is all of the window. */
static int measure_once(const struct timed *timed, struct engine_context *context,
			struct timing *timing)
{
	uint64_t n = requests_once(context, timing);
	int error;

	timing->sample.operations = timing->operations;
	timing->begin = clock_start(timed->clock.source);
	error = timed->run(timed->state, n);
	timing->end = clock_stop(timed->clock.source);
	timing->is_batch = true;
	timing->sample.ticks[0] = (int64_t)(timing->end - timing->begin);
	timing->sample.operations[0] = (uint32_t)n;
	timing->sample.count = 1;
	timing->operations_done = n;
	return error;
}

static int fill_window(const struct timed *timed, struct engine_context *context,
		       struct timing *timing)
{
	if (engine_paced_is_wanted(context))
		return engine_paced_measure(timed, context, timing);
	return is_measured_once(context) ? measure_once(timed, context, timing)
					: engine_window_measure(timed, &context->lanes, timing);
}

/* What a request's error means here; "": what it says. */
static const char *meaning_of(const struct engine_context *context, int error)
{
	if (error == -EIO)
		return "a request failed, or moved fewer bytes than were asked for";
	if (error == -EILSEQ)
		return "a read brought something else than the file has there";
	if (error == -EOPNOTSUPP && engine_context_has(context, ENGINE_DIRECT))
		return "the device below the file cannot be polled: name another place by --dir";
	return "";
}

static int measure_window(const struct timed *timed, struct engine_context *context,
			  struct timing *timing)
{
	int error = control(context, perf_control_enable), failed;

	if (error)
		return error;
	PROBE_WINDOW_BEGIN(context->engine->about.name);
	error = fill_window(timed, context, timing);
	PROBE_WINDOW_END(context->engine->about.name, timing->operations_done);
	if (error)
		round_refuse(context->round, error, "measure", meaning_of(context, error));
	failed = control(context, perf_control_disable);
	return error ? error : failed;
}

/* A cold file is none any more after a warm-up: a request a lane tells how slow it is.
 * A rate knows how many there will be without it. */
static int try_cold(struct engine_context *context, struct timing *timing)
{
	uint64_t n = context->config.depth;
	enum clock_source source = (enum clock_source)context->job->clock_source;
	uint64_t begin = clock_start(source);
	int error;

	if (engine_context_sleeps(context) || engine_paced_is_wanted(context) ||
	    context->lanes.load->blocks < COLD_SPARE * n)
		return 0;
	error = run_requests(context, n);
	timing->operation_ticks = (double)(clock_stop(source) - begin) / (double)n;
	return error;
}

/* Since then, in ns. */
static double since_ns(const struct timed *timed, uint64_t begin)
{
	return (double)(clock_stop(timed->clock.source) - begin) * timed->clock.ns_per_tick;
}

/* All that has no file that is cold only once, and sleeps only once. */
static int warm_up(struct timed *timed, struct engine_context *context, struct timing *timing)
{
	uint64_t begin = clock_start(timed->clock.source);
	int error = timing_prepare(timed, timing);

	if (!error && timed->has_ramp)
		error = engine_ramp_run(context, since_ns(timed, begin), timed, timing);
	context->ramp_ns = since_ns(timed, begin);
	if (timing->operation_ticks * timed->clock.ns_per_tick < TIMED_BELOW_NS)
		context->lanes.load->sampling = SAMPLING;
	return error;
}

/* A sleep is long, and its engine has been opened. */
static int prepare(struct timed *timed, struct engine_context *context, struct timing *timing)
{
	struct engine_load *load = context->lanes.load;
	int error = is_measured_once(context) ? try_cold(context, timing)
					      : warm_up(timed, context, timing);

	context->round->core_per_tick = core_speed_per_tick(timed->clock.source);
	engine_lanes_clear(&context->lanes);
	/* Else what the warm-up has written would pass for what the window did not. */
	if (load->is_write)
		load->seed += 2;
	if (error)
		round_refuse(context->round, error, "prepare", meaning_of(context, error));
	return error;
}

static void measure(struct engine_context *context, struct timing *timing)
{
	struct timed timed = timed_of(context);
	struct engine_lost_edge lost[2];
	struct engine_edge before, after;

	if (prepare(&timed, context, timing))
		return;
	engine_lost_edge_read(context, false, &lost[0]);
	engine_edge_read(context, false, &before);
	if (measure_window(&timed, context, timing))
		return;
	engine_edge_read(context, true, &after);
	engine_lost_edge_read(context, true, &lost[1]);
	engine_tell_lost(context, lost, &before, &after);
	engine_prove(context, timing, &before, &after);
	engine_tell(context, timing, &before, &after);
}

/* For --list a few requests will do. */
static void try_engine(struct engine_context *context, struct timing *timing)
{
	int error = run_requests(context, context->config.depth);

	timing->sample.ticks[timing->sample.count++] = 1;
	if (error)
		round_refuse(context->round, error, "try", meaning_of(context, error));
	else
		engine_tell(context, timing, NULL, NULL);
}

static void run_opened(struct engine_context *context)
{
	struct timing timing = { .map_bytes = 0 };
	int error = timing_init(&timing, REGIONS);

	if (error)
		round_refuse(context->round, error, "memory", "");
	else if (context->job->is_probe)
		try_engine(context, &timing);
	else
		measure(context, &timing);
	timing_done(&timing);
}

static void run_service(struct engine_context *context)
{
	if (engine_service_check(context) || take_lanes(context) || engine_service_open(context))
		return;
	run_opened(context);
	engine_service_close(context);
}

/* What the requests are made on; those of the null engine to a server ask nobody. */
static int take_subject(struct engine_context *context)
{
	int error;

	if (context->config.operation == ENGINE_SLEEP)
		return take_lanes(context);
	if (context->config.operation != ENGINE_ECHO) {
		error = engine_file_open(context);
		if (!error)
			error = take_lanes(context);
		return error ? error : engine_file_set_cache(context);
	}
	error = take_lanes(context);
	if (!error)
		engine_lanes_aim(&context->lanes, 1, false);
	return error;
}

static void run_context(struct engine_context *context)
{
	if (engine_service_is_wanted(context)) {
		run_service(context);
		return;
	}
	if (take_subject(context))
		return;
	if (!open_engine(context)) {
		run_opened(context);
		context->engine->close(context->state);
	}
}

static struct engine_config config_of(const struct engine_job *job)
{
	struct engine_config config = {
		.file = -1, .block_bytes = job->bs, .depth = (uint32_t)job->depth,
		.submit_batch = (uint32_t)(job->submit_batch < job->depth ? job->submit_batch
									  : job->depth),
		.cpu = job->cpu_b,
		.operation = !strcmp(job->rw, "write") || !strcmp(job->rw, "randwrite")
			? ENGINE_WRITE : ENGINE_READ,
		.is_direct = !strcmp(job->cache, "direct"),
	};

	if (!strcmp(job->workload, "socket")) {
		config.operation = ENGINE_ECHO;
		config.block_bytes = job->message;
		config.depth = (uint32_t)job->connections;
	}
	return config;
}

void engine_round_run(const struct engine_job *job, const struct engine *engine,
		      struct round *round, struct histogram_pair *ret_pairs[ROUND_SERIES_MAX])
{
	struct engine_context context = { .job = job, .engine = engine, .round = round,
					  .pairs = ret_pairs };
	const char *reason;

	context.config = config_of(job);
	if (!strcmp(job->workload, "sleep"))
		engine_sleep_configure(&context);
	reason = engine_contradiction(&context);
	if (reason) {
		round_fail(round, ROUND_SKIPPED, 0, "plan", reason);
		return;
	}
	/* A file that may not grow is an error of the call, not our end. */
	signal(SIGXFSZ, SIG_IGN);
	run_context(&context);
	pages_give(context.state, engine->state_bytes + 1);
	engine_paced_close(&context);
	engine_lanes_done(&context.lanes);
	if (context.config.file >= 0)
		close(context.config.file);
}
