/* SPDX-License-Identifier: MIT */
/*
 * handoff-selftest-worker - measures one round of an operation of known cost.
 *
 * Executed by every tool's --selftest, seated beforehand.  Its arguments are
 * a job (lib/measure/selftest-job.h), its answer is a struct round, as of every worker.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "kernel/clock-source.h"
#include "kernel/process-facts.h"
#include "measure/core-speed.h"
#include "measure/job-answer.h"
#include "measure/calibrated.h"
#include "measure/round.h"
#include "measure/selftest-job.h"
#include "measure/timing.h"

#define EXIT_BAD_JOB 2
#define REGIONS 8192
/* Many short rounds say more of the harness than few long ones. */
#define WINDOW_MOST_NS 2000000

/* What proves a window, at its edges. */
struct edge {
	double performed, minflt, migrations;
	int cpu;
};

static void read_place(const struct calibrated_state *state, struct edge *ret)
{
	ret->migrations = process_migrations();
	ret->cpu = clock_cpu(state->source);
}

static int read_counts(const struct calibrated_state *state, struct edge *ret)
{
	struct rusage usage;

	ret->performed = (double)state->performed;
	if (getrusage(RUSAGE_SELF, &usage))
		return -errno;
	ret->minflt = (double)usage.ru_minflt;
	return 0;
}

/* Counts last before the window and first behind it: looking may fault too. */
static int measure_edged(const struct timed *timed, struct timing *timing, struct edge *before,
			 struct edge *after)
{
	const struct calibrated_state *state = timed->state;
	int error, failed;

	read_place(state, before);
	/* Once for nothing, so that the call itself faults no page in. */
	error = read_counts(state, before);
	if (!error)
		error = read_counts(state, before);
	if (error)
		return error;
	error = timing_measure(timed, timing);
	failed = read_counts(state, after);
	read_place(state, after);
	return error ? error : failed;
}

static void prove(const struct selftest_job *job, const struct calibrated *calibrated,
		  const struct timing *timing, const struct edge *before,
		  const struct edge *after, struct round *round)
{
	double operations = (double)timing->operations_done;

	round_saw_cpu(round, before->cpu);
	round_saw_cpu(round, after->cpu);
	round_add_proof(round, "operations", PROOF_EQUAL, operations,
			after->performed - before->performed);
	round_add_proof(round, "minor_faults", PROOF_EQUAL, operations * calibrated->page_count,
			after->minflt - before->minflt);
	if (job->cpu_a >= 0)
		round_add_proof(round, "edges_on_cpu", PROOF_EQUAL, 2,
				(before->cpu == job->cpu_a) + (after->cpu == job->cpu_a));
	if (job->cpu_a >= 0 && before->migrations >= 0)
		round_add_proof(round, "migrations", PROOF_EQUAL, 0,
				after->migrations - before->migrations);
}

static void tell(const struct selftest_job *job, const struct calibrated_state *state,
		 const struct timing *timing, struct round *round,
		 struct histogram_pair **ret_pairs)
{
	int error = timing_describe(timing, "cost", &round->series[0], ret_pairs);

	if (error) {
		round_fail(round, ROUND_FAILED, error, "samples", "");
		return;
	}
	round->series_count = 1;
	round->window_ticks = timing_window(timing);
	round->flags |= timing->flags;
	round_add_figure(round, "look_ns", state->look_ticks * job->ns_per_tick);
	round_add_figure(round, "overhead_spread_ns",
			 timing->overhead_spread * job->ns_per_tick);
}

static void measure_window(const struct selftest_job *job, const struct calibrated *calibrated,
			   const struct timed *timed, struct timing *timing, struct round *round,
			   struct histogram_pair **ret_pairs)
{
	struct edge before, after;
	int error = timing_prepare(timed, timing);

	round->core_per_tick = core_speed_per_tick(timed->clock.source);
	if (error) {
		round_fail(round, ROUND_FAILED, error, "prepare", "");
		return;
	}
	error = measure_edged(timed, timing, &before, &after);
	if (error) {
		round_fail(round, ROUND_FAILED, error, "measure", "");
		return;
	}
	prove(job, calibrated, timing, &before, &after, round);
	tell(job, timed->state, timing, round, ret_pairs);
}

static void measure_open(const struct selftest_job *job, const struct calibrated *calibrated,
			 struct calibrated_state *state, struct round *round,
			 struct histogram_pair **ret_pairs)
{
	const struct timed timed = {
		.run = calibrated->run,
		.run_empty = calibrated_run_empty,
		.state = state,
		.clock = { (enum clock_source)job->clock_source, job->ns_per_tick },
		.window_ns = job->window_ns < WINDOW_MOST_NS ? job->window_ns : WINDOW_MOST_NS,
		.seed = job->seed,
		.batch = job->batch >= 0 ? job->batch : calibrated->batch,
	};
	struct timing timing = { .map_bytes = 0 };
	int error = timing_init(&timing, REGIONS);

	if (error)
		round_fail(round, ROUND_FAILED, error, "memory", "");
	else
		measure_window(job, calibrated, &timed, &timing, round, ret_pairs);
	timing_done(&timing);
}

static void measure(const struct selftest_job *job, const struct calibrated *calibrated,
		    struct round *round, struct histogram_pair **ret_pairs)
{
	struct calibrated_state state = { .performed = 0 };
	int error = calibrated_open(calibrated, (enum clock_source)job->clock_source, job->round, &state);

	if (error == -EDOM)
		round_fail(round, ROUND_SKIPPED, 0, "open",
			   "one look at this clock takes longer than so short a spin");
	else if (error)
		round_fail(round, ROUND_FAILED, error, "open", "");
	else
		measure_open(job, calibrated, &state, round, ret_pairs);
	calibrated_close(&state);
}

static int run_and_send(const struct selftest_job *job, const struct calibrated *calibrated)
{
	struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct round *round = malloc(sizeof(*round));
	int error;

	if (!round)
		return -ENOMEM;
	job_begin(job, calibrated->about.name, round);
	round->rss_kib = process_status(0, "VmRSS");
	measure(job, calibrated, round, &pairs[0]);
	error = job_answer(&selftest_job_kind, job, round,
			   (const struct histogram_pair *const *)pairs);
	free(pairs[0]);
	free(round);
	return error;
}

static int bad_job(const char *what, const char *word)
{
	fprintf(stderr, "handoff-selftest-worker: %s: %s\n", what, word);
	return EXIT_BAD_JOB;
}

int main(int argc, char **argv)
{
	const struct calibrated *calibrated;
	struct selftest_job job;
	const char *word = "";

	selftest_job_kind.init(&job);
	if (job_parse(selftest_job_kind.keys, argc - 1, argv + 1, &job, &word))
		return bad_job("not a job", word);
	if (job.is_introduction)
		return job_introduce(&selftest_job_kind, &job) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (!clock_source_works(job.clock_source))
		return bad_job("this CPU cannot be asked for the time like that", "clock_source");
	if (job.report_fd < 0 || !(job.ns_per_tick > 0) || job.is_probe)
		return bad_job("not a whole job", "report_fd, ns_per_tick, no is_probe");
	calibrated = job.mechanism ? calibrated_find(job.mechanism) : NULL;
	if (!calibrated)
		return bad_job("no such mechanism", job.mechanism ? job.mechanism : "(none)");
	return run_and_send(&job, calibrated) ? EXIT_FAILURE : EXIT_SUCCESS;
}
