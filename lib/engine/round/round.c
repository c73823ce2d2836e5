/* SPDX-License-Identifier: MIT */
#include "engine/round/round.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/round/context.h"
#include "engine/round/file.h"
#include "engine/round/paced.h"
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
	struct engine_errand *errand = argument;

	if (engine_service_is_wanted(errand))
		return engine_service_run(errand, n);
	if (engine_errand_sleeps(errand))
		engine_lanes_begin_each(&errand->lanes, n / errand->config.depth);
	else
		engine_lanes_begin(&errand->lanes, n);
	return errand->engine->run(errand->state);
}

static int run_empty(void *argument, uint64_t n)
{
	(void)argument, (void)n;
	return 0;
}

static struct timed timed_of(struct engine_errand *errand)
{
	const struct engine_job *job = errand->job;
	struct timed timed = {
		.run = run_requests,
		.run_empty = run_empty,
		.state = errand,
		.clock = { (enum clock_source)job->clock_source, job->ns_per_tick },
		.window_ns = job->window_ns,
		.seed = job->seed,
		.batch = 1,
		.unit = errand->config.depth,
		.has_ends = true,
	};

	return timed;
}

/* Lanes and engine */

static int take_lanes(struct engine_errand *errand)
{
	const struct engine_job *job = errand->job;
	struct engine_lanes_plan plan = {
		.count = errand->config.depth,
		.block_bytes = errand->config.block_bytes,
		.samples = SAMPLES / errand->config.depth,
	};
	int error;

	if (plan.samples < SAMPLES_LEAST)
		plan.samples = SAMPLES_LEAST;
	if (engine_errand_sleeps(errand))
		plan = engine_sleep_lanes(errand);
	error = engine_lanes_init(&errand->lanes, &plan);
	if (error) {
		round_refuse(errand->round, error, "memory", "");
		return error;
	}
	errand->lanes.load->source = (enum clock_source)job->clock_source;
	errand->lanes.load->is_write = engine_errand_writes(errand);
	errand->lanes.load->seed = engine_errand_writes(errand) ? job->seed | 1 : 0;
	errand->lanes.load->has_bytes = !engine_errand_has(errand, ENGINE_NOP) &&
					errand->config.operation != ENGINE_SLEEP &&
					errand->config.operation != ENGINE_ECHO;
	errand->lanes.load->is_known = !job->is_foreign;
	errand->config.lanes = errand->lanes.lanes;
	errand->config.load = errand->lanes.load;
	errand->config.is_paced = engine_paced_is_wanted(errand);
	return errand->config.is_paced ? engine_paced_open(errand) : 0;
}

static int open_engine(struct engine_errand *errand)
{
	char reason[ENGINE_REASON_BYTES] = "";
	int error;

	errand->memory_kib = -engine_sleep_memory_kib(errand);
	errand->state = pages_take(errand->engine->state_bytes + 1);
	error = errand->state ? errand->engine->open(errand->state, &errand->config, reason)
			      : -ENOMEM;
	errand->memory_kib += engine_sleep_memory_kib(errand);
	errand->round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		errand->round->flags |= ROUND_TRACED;
	/* What a kernel or an account lacks is a skip, not an error. */
	if (error)
		round_skip(errand->round, *reason ? 0 : error, "open", reason);
	return error;
}

/* The window */

static int control(const struct engine_errand *errand, int (*step)(int, int))
{
	int error = step(errand->job->control_fd, errand->job->ack_fd);

	if (error)
		round_fail(errand->round, ROUND_FAILED, error, "perf control", "");
	if (errand->job->control_fd >= 0)
		errand->round->flags |= ROUND_PERF;
	return error;
}

/* No file is cold twice: as few requests, and no more than blocks that are left; and no
 * sleeper twice asleep. */
static uint64_t requests_once(const struct engine_errand *errand, const struct timing *timing)
{
	uint64_t left = errand->lanes.load->blocks - errand->lanes.load->count;
	uint64_t per_lane = engine_window_per_lane(0, timing->operation_ticks * errand->job->ns_per_tick,
						   errand->config.depth);

	if (engine_errand_sleeps(errand))
		return errand->job->depth;
	return per_lane * errand->config.depth < left ? per_lane * errand->config.depth : left;
}

static bool is_measured_once(const struct engine_errand *errand)
{
	return engine_errand_sleeps(errand) || engine_errand_is_cache(errand, "cold");
}

/* One region is all of the window. */
static int measure_once(const struct timed *timed, struct engine_errand *errand,
			struct timing *timing)
{
	uint64_t n = requests_once(errand, timing);
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

static int fill_window(const struct timed *timed, struct engine_errand *errand,
		       struct timing *timing)
{
	if (engine_paced_is_wanted(errand))
		return engine_paced_measure(timed, errand, timing);
	return is_measured_once(errand) ? measure_once(timed, errand, timing)
					: engine_window_measure(timed, &errand->lanes, timing);
}

/* What a request's error means here; "": what it says. */
static const char *meaning_of(const struct engine_errand *errand, int error)
{
	if (error == -EIO)
		return "a request failed, or moved fewer bytes than were asked for";
	if (error == -EILSEQ)
		return "a read brought something else than the file has there";
	if (error == -EOPNOTSUPP && engine_errand_has(errand, ENGINE_DIRECT))
		return "the device below the file cannot be polled: name another place by --dir";
	return "";
}

static int measure_window(const struct timed *timed, struct engine_errand *errand,
			  struct timing *timing)
{
	int error = control(errand, perf_control_enable), failed;

	if (error)
		return error;
	PROBE_WINDOW_BEGIN(errand->engine->about.name);
	error = fill_window(timed, errand, timing);
	PROBE_WINDOW_END(errand->engine->about.name, timing->operations_done);
	if (error)
		round_refuse(errand->round, error, "measure", meaning_of(errand, error));
	failed = control(errand, perf_control_disable);
	return error ? error : failed;
}

/* A cold file is none any more after a warm-up: a request a lane tells how slow it is.
 * A rate knows how many there will be without it. */
static int try_cold(struct engine_errand *errand, struct timing *timing)
{
	uint64_t n = errand->config.depth;
	enum clock_source source = (enum clock_source)errand->job->clock_source;
	uint64_t begin = clock_start(source);
	int error;

	if (engine_errand_sleeps(errand) || engine_paced_is_wanted(errand) ||
	    errand->lanes.load->blocks < COLD_SPARE * n)
		return 0;
	error = run_requests(errand, n);
	timing->operation_ticks = (double)(clock_stop(source) - begin) / (double)n;
	return error;
}

/* A sleep is long, and its engine has been opened. */
static int prepare(const struct timed *timed, struct engine_errand *errand,
		   struct timing *timing)
{
	struct engine_load *load = errand->lanes.load;
	int error = 0;

	if (is_measured_once(errand)) {
		error = try_cold(errand, timing);
	} else {
		error = timing_prepare(timed, timing);
		if (timing->operation_ticks * timed->clock.ns_per_tick < TIMED_BELOW_NS)
			load->sampling = SAMPLING;
	}
	errand->round->core_per_tick = core_speed_per_tick(timed->clock.source);
	engine_lanes_clear(&errand->lanes);
	/* Else what the warm-up has written would pass for what the window did not. */
	if (load->is_write)
		load->seed += 2;
	if (error)
		round_refuse(errand->round, error, "prepare", meaning_of(errand, error));
	return error;
}

static void measure(struct engine_errand *errand, struct timing *timing)
{
	struct timed timed = timed_of(errand);
	struct engine_edge before, after;

	if (prepare(&timed, errand, timing))
		return;
	engine_edge_read(errand, false, &before);
	if (measure_window(&timed, errand, timing))
		return;
	engine_edge_read(errand, true, &after);
	engine_prove(errand, timing, &before, &after);
	engine_tell(errand, timing, &before, &after);
}

/* For --list a few requests will do. */
static void try_engine(struct engine_errand *errand, struct timing *timing)
{
	int error = run_requests(errand, errand->config.depth);

	timing->sample.ticks[timing->sample.count++] = 1;
	if (error)
		round_refuse(errand->round, error, "try", meaning_of(errand, error));
	else
		engine_tell(errand, timing, NULL, NULL);
}

static void run_opened(struct engine_errand *errand)
{
	struct timing timing = { .map_bytes = 0 };
	int error = timing_init(&timing, REGIONS);

	if (error)
		round_refuse(errand->round, error, "memory", "");
	else if (errand->job->is_probe)
		try_engine(errand, &timing);
	else
		measure(errand, &timing);
	timing_done(&timing);
}

static void run_service(struct engine_errand *errand)
{
	if (engine_service_check(errand) || take_lanes(errand) || engine_service_open(errand))
		return;
	run_opened(errand);
	engine_service_close(errand);
}

/* What the requests are made on; those of the null engine to a server ask nobody. */
static int take_subject(struct engine_errand *errand)
{
	int error;

	if (errand->config.operation == ENGINE_SLEEP)
		return take_lanes(errand);
	if (errand->config.operation != ENGINE_ECHO) {
		error = engine_file_open(errand);
		if (!error)
			error = take_lanes(errand);
		return error ? error : engine_file_set_cache(errand);
	}
	error = take_lanes(errand);
	if (!error)
		engine_lanes_aim(&errand->lanes, 1, false);
	return error;
}

static void run_errand(struct engine_errand *errand)
{
	if (engine_service_is_wanted(errand)) {
		run_service(errand);
		return;
	}
	if (take_subject(errand))
		return;
	if (!open_engine(errand)) {
		run_opened(errand);
		errand->engine->close(errand->state);
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
	struct engine_errand errand = { .job = job, .engine = engine, .round = round,
					.pairs = ret_pairs };
	const char *reason;

	errand.config = config_of(job);
	if (!strcmp(job->workload, "sleep"))
		engine_sleep_configure(&errand);
	reason = engine_contradiction(&errand);
	if (reason) {
		round_fail(round, ROUND_SKIPPED, 0, "plan", reason);
		return;
	}
	/* A file that may not grow is an error of the call, not our end. */
	signal(SIGXFSZ, SIG_IGN);
	run_errand(&errand);
	pages_give(errand.state, engine->state_bytes + 1);
	engine_paced_close(&errand);
	engine_lanes_done(&errand.lanes);
	if (errand.config.file >= 0)
		close(errand.config.file);
}
