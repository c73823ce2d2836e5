/* SPDX-License-Identifier: MIT */
/*
 * handoff-engine-worker - measures one round of one engine and reports it.
 *
 * Executed by io-lat, seated beforehand (CPUs, policy, memory).  Links libc and
 * liburing.  Its arguments are a job (lib/engine/round/job.h), its answer a struct round.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mechanism/list.h"
#include "engine/round/round.h"
#include "kernel/clock-source.h"
#include "kernel/pages.h"
#include "measure/job-answer.h"
#include "measure/memory-proof.h"
#include "measure/probe-all.h"

#define EXIT_BAD_JOB 2
#define DEPTH_MOST 65536
#define PROBE_WAIT_NS 1000000
#define BLOCK_MOST ((uint64_t)64 << 20)
#define MESSAGE_MOST ((uint64_t)1 << 20)

static int run_and_send(const struct engine_job *job, const struct engine *engine)
{
	struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct round *round = pages_take(sizeof(*round));
	int error;

	if (!round)
		return job_answer_refusal(&engine_job_kind, job, -ENOMEM, "memory", "");
	job_begin(job, engine->about.name, round);
	engine_round_run(job, engine, round, pairs);
	if (round->status == ROUND_MEASURED)
		memory_proof_add(round, job->memory_nodes, round, sizeof(*round));
	error = job_answer(&engine_job_kind, job, round, (const struct histogram_pair *const *)pairs);
	for (int i = 0; i < ROUND_SERIES_MAX; i++)
		free(pairs[i]);
	pages_give(round, sizeof(*round));
	return error;
}

static const char *name_of(size_t i)
{
	return engines[i] ? engines[i]->about.name : NULL;
}

static int try_one(const void *argument, size_t i)
{
	struct engine_job job = *(const struct engine_job *)argument;

	job.mechanism = name_of(i);
	if (engines[i]->about.traits & ENGINE_DIRECT)
		job.cache = "direct";
	if (engines[i]->about.traits & ENGINE_NO_FILES)
		job.workload = engines[i]->about.traits & ENGINE_SLEEPS ? "sleep" : "socket";
	job.wait_ns = PROBE_WAIT_NS;
	return run_and_send(&job, engines[i]);
}

static int probe_all(const struct engine_job *job)
{
	const struct worker_probe probe = { &engine_job_kind, name_of, try_one, job };

	return worker_probe_all(&probe);
}

static int bad_job(const char *what, const char *word)
{
	fprintf(stderr, "handoff-engine-worker: %s: %s\n", what, word);
	return EXIT_BAD_JOB;
}

static bool is_whole(const struct engine_job *job)
{
	return job->report_fd >= 0 && job->ns_per_tick > 0 && job->depth &&
	       job->depth <= DEPTH_MOST && job->bs && job->bs <= BLOCK_MOST &&
	       job->submit_batch && job->submit_batch <= DEPTH_MOST &&
	       job->connections && job->connections <= DEPTH_MOST && job->message &&
	       job->message <= MESSAGE_MOST;
}

int main(int argc, char **argv)
{
	const struct engine *engine;
	struct engine_job job;
	const char *word = "";

	engine_job_init(&job);
	if (job_parse(engine_job_keys, argc - 1, argv + 1, &job, &word))
		return bad_job("not a job", word);
	if (job.is_introduction)
		return job_introduce(&engine_job_kind, &job) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (!clock_source_works(job.clock_source))
		return bad_job("this CPU cannot be asked for the time like that", "clock_source");
	if (!is_whole(&job))
		return bad_job("not a whole job", "report_fd, ns_per_tick, depth, bs, submit-batch, "
			       "connections, message");
	if (job.is_probe)
		return probe_all(&job) ? EXIT_FAILURE : EXIT_SUCCESS;
	engine = job.mechanism ? engine_find(job.mechanism) : NULL;
	if (!engine)
		return bad_job("no such mechanism", job.mechanism ? job.mechanism : "(none)");
	return run_and_send(&job, engine) ? EXIT_FAILURE : EXIT_SUCCESS;
}
