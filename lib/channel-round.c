/* SPDX-License-Identifier: MIT */
#include "channel-round.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "channel-pair.h"
#include "channel-proof.h"
#include "channel-set-up.h"
#include "core-speed.h"
#include "name-guard.h"
#include "perf-control.h"
#include "probe.h"
#include "process-facts.h"
#include "timing.h"
#include "user-namespace.h"

#define REGIONS 8192
/* So much fits into every channel's buffer, with nobody there to take it. */
#define SET_UP_BYTES_MOST 4096

/* All of one round, on its way from step to step. */
struct errand {
	const struct channel_job *job;
	const struct channel *channel;
	struct round *round;
	struct histogram_pair **pairs;
	struct channel_config config;
	struct name_guard guard;
	bool has_guard;
};

static bool has(const struct errand *errand, unsigned int traits)
{
	return errand->channel->about.traits & traits;
}

static bool is_mode(const struct errand *errand, const char *mode)
{
	return !strcmp(errand->job->mode, mode);
}

static int run_ping(void *state, uint64_t n)
{
	struct channel_pair *pair = state;

	return pair->channel->ping(pair->end, n);
}

static int run_pour(void *state, uint64_t n)
{
	struct channel_pair *pair = state;

	return pair->channel->pour(pair->end, n);
}

static int run_empty(void *state, uint64_t n)
{
	(void)state, (void)n;
	return 0;
}

/* Why this cannot be measured, whatever the machine; NULL: it can. */
static const char *contradiction(const struct errand *errand)
{
	const struct channel_job *job = errand->job;
	bool is_process = errand->config.is_process;

	if (!has(errand, is_process ? CHANNEL_PROCESS : CHANNEL_THREAD))
		return is_process ? "it works between threads only: use --peer thread"
				  : "it works between processes only: use --peer process";
	if (has(errand, CHANNEL_SPINS) && job->cpu_a >= 0 && job->cpu_a == job->cpu_b)
		return "it waits without sleeping: two sides on one CPU would wait for the "
		       "scheduler; use two CPUs";
	if (has(errand, CHANNEL_NULL) && is_mode(errand, "throughput"))
		return "there is no message that could wait";
	if (is_mode(errand, "set-up") && errand->config.message_bytes > SET_UP_BYTES_MOST)
		return "set-up passes its one message by one task, which must not wait: use --size "
		       "4k or less";
	return NULL;
}

static int control(const struct errand *errand, int (*step)(int, int))
{
	int error = step(errand->job->control_fd, errand->job->ack_fd);

	if (error)
		round_fail(errand->round, ROUND_FAILED, error, "perf control", "");
	if (errand->job->control_fd >= 0)
		errand->round->flags |= ROUND_PERF;
	return error;
}

static int measure_window(const struct errand *errand, const struct timed *timed,
			  struct timing *timing)
{
	int error = control(errand, perf_control_enable), failed;

	if (error)
		return error;
	PROBE_WINDOW_BEGIN(errand->channel->about.name);
	error = timing_measure(timed, timing);
	PROBE_WINDOW_END(errand->channel->about.name, timing->operations_done);
	if (error)
		round_refuse(errand->round, error, "measure", "");
	failed = control(errand, perf_control_disable);
	return error ? error : failed;
}

static void describe(const struct errand *errand, const struct timing *timing, const char *metric)
{
	struct round *round = errand->round;
	int error = timing_describe(timing, metric, &round->series[0], errand->pairs);

	if (error) {
		round_fail(round, ROUND_FAILED, error, "samples", "");
		return;
	}
	round->series_count = 1;
	round->flags |= timing->flags;
}

static struct timed timed_of(const struct errand *errand, int (*run)(void *, uint64_t), void *state)
{
	const struct channel_job *job = errand->job;
	struct timed timed = {
		.run = run,
		.run_empty = run_empty,
		.state = state,
		.clock = { (enum clock_source)job->clock_source, job->ns_per_tick },
		.window_ns = job->window_ns,
		.seed = job->seed,
		.batch = job->batch,
	};

	return timed;
}

/* Between the edges of the window; the answer is proved once the other side has ended. */
static void measure_pair(const struct errand *errand, struct channel_pair *pair,
			 struct timing *timing)
{
	bool is_latency = pair->duty == CHANNEL_PONG;
	struct timed timed = timed_of(errand, is_latency ? run_ping : run_pour, pair);
	struct channel_edges edges;
	int error;

	timed.unit = is_latency ? 1 : errand->config.depth;
	error = timing_prepare(&timed, timing);
	errand->round->core_per_tick = core_speed_per_tick(timed.clock.source);
	if (error) {
		round_refuse(errand->round, error, "prepare", "");
		return;
	}
	channel_edge_read(pair, &edges.before);
	error = measure_window(errand, &timed, timing);
	channel_edge_read(pair, &edges.after);
	if (error)
		return;
	error = channel_pair_stop(pair);
	if (error) {
		round_refuse(errand->round, error, "stop", "");
		return;
	}
	channel_prove(errand->job, pair, timing, &edges, errand->round);
	describe(errand, timing, is_latency ? "round-trip" : "transfer");
	channel_tell(errand->job, pair, timing, &edges, errand->round);
}

/* For --list one message there and back will do, of no matter what length. */
static void try_pair(const struct errand *errand, struct channel_pair *pair,
		     struct timing *timing)
{
	int error = run_ping(pair, 1);

	timing->sample.ticks[timing->sample.count++] = 1;
	if (!error)
		error = channel_pair_stop(pair);
	if (error)
		round_refuse(errand->round, error, "try", "");
	else
		describe(errand, timing, "round-trip");
}

static void run_pair(struct errand *errand, void (*lost)(const char *reason, int error),
		     struct timing *timing)
{
	const struct channel_job *job = errand->job;
	struct channel_pair pair = {
		.channel = errand->channel,
		.config = errand->config,
		.duty = is_mode(errand, "throughput") ? CHANNEL_DRAIN : CHANNEL_PONG,
		.cpu_a = job->cpu_a,
		.cpu_b = job->cpu_b,
		.lost = lost,
	};
	char reason[CHANNEL_REASON_BYTES] = "";
	int error = channel_pair_open(&pair, reason);

	errand->round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		errand->round->flags |= ROUND_TRACED;
	/* What a kernel or an account lacks is a skip, not an error. */
	if (error)
		round_skip(errand->round, error, "open", reason);
	else if (job->is_probe)
		try_pair(errand, &pair, timing);
	else
		measure_pair(errand, &pair, timing);
	channel_pair_close(&pair);
}

static void run_set_up(struct errand *errand, struct timing *timing)
{
	struct channel_set_up set_up = { .channel = errand->channel, .config = errand->config };
	struct timed timed = timed_of(errand, channel_set_up_run, &set_up);
	int error = channel_set_up_init(&set_up);

	if (!error)
		error = timing_prepare(&timed, timing);
	errand->round->core_per_tick = core_speed_per_tick(timed.clock.source);
	if (error) {
		round_skip(errand->round, error, "open", set_up.reason);
	} else if (!measure_window(errand, &timed, timing)) {
		round_add_proof(errand->round, "messages", PROOF_EQUAL, (double)set_up.opened,
				(double)set_up.received);
		round_add_proof(errand->round, "sums", PROOF_EQUAL, (double)set_up.opened,
				(double)set_up.agreed);
		describe(errand, timing, "set-up");
	}
	channel_set_up_done(&set_up);
}

static int take_names(struct errand *errand)
{
	const char *reason = "";
	int error;

	/* Refused it is done without: the guard then removes what would be left. */
	if (has(errand, CHANNEL_IPC)) {
		uint64_t before = process_user_namespace();

		error = ipc_namespace_enter();
		if (error == -ESRCH)
			return error;
		if (process_user_namespace() != before)
			errand->round->flags |= ROUND_USERNS;
	}
	if (!has(errand, CHANNEL_NAMED))
		return 0;
	error = name_guard_begin(&errand->guard, &reason);
	if (error) {
		round_skip(errand->round, error, "names", reason);
		return error;
	}
	errand->has_guard = true;
	errand->config.directory = errand->guard.directory;
	errand->config.name = errand->guard.name;
	errand->config.key = errand->guard.key;
	return 0;
}

static void run_prepared(struct errand *errand, void (*lost)(const char *reason, int error))
{
	struct timing timing = { .map_bytes = 0 };
	int error = timing_init(&timing, REGIONS);

	if (error)
		round_refuse(errand->round, error, "memory", "");
	else if (is_mode(errand, "set-up"))
		run_set_up(errand, &timing);
	else
		run_pair(errand, lost, &timing);
	timing_done(&timing);
}

void channel_round_run(const struct channel_job *job, const struct channel *channel,
		       void (*lost)(const char *reason, int error), struct round *round,
		       struct histogram_pair **ret_pairs)
{
	struct errand errand = { .job = job, .channel = channel, .round = round, .pairs = ret_pairs };
	const char *reason;

	errand.config.message_bytes = channel->about.traits & CHANNEL_TOKEN ? 0 : job->size;
	errand.config.depth = (uint32_t)job->depth;
	errand.config.is_process = strcmp(job->peer, "thread") != 0;
	reason = contradiction(&errand);
	if (reason) {
		round_fail(round, ROUND_SKIPPED, 0, "plan", reason);
		return;
	}
	/* An end that is gone is an error of the call, not our end. */
	signal(SIGPIPE, SIG_IGN);
	if (!take_names(&errand))
		run_prepared(&errand, lost);
	if (errand.has_guard)
		name_guard_end(&errand.guard);
}
