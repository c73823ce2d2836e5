/* SPDX-License-Identifier: MIT */
/*
 * handoff-channel-worker - measures one round of one channel and reports it.
 *
 * Executed by ipc-lat and ctxsw, seated beforehand (CPUs, policy, memory); makes its other
 * side itself.  Links nothing but libc.  Its arguments are a job
 * (lib/channel/pair/job.h), its answer a struct round.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/mechanism/list.h"
#include "channel/round/round.h"
#include "channel/switch/ring.h"
#include "kernel/clock-source.h"
#include "kernel/pages.h"
#include "measure/job-answer.h"
#include "measure/memory-proof.h"
#include "measure/probe-all.h"

#define EXIT_BAD_JOB 2

/* What is told when the other side is gone: it must be at hand in a signal handler. */
static struct round loss;
static const struct channel_job *loss_job;

/* The supervisor collects what is left of us. */
static void lose(const char *reason, int error)
{
	round_fail(&loss, ROUND_FAILED, error, "other side", reason);
	_exit(job_answer_bare(&channel_job_kind, loss_job, &loss) ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int run_and_send(const struct channel_job *job, const struct channel *channel)
{
	struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct round *round = pages_take(sizeof(*round));
	int error;

	if (!round)
		return job_answer_refusal(&channel_job_kind, job, -ENOMEM, "memory", "");
	job_begin(job, channel->about.name, round);
	round_init(&loss, channel->about.name);
	loss_job = job;
	channel_round_run(job, channel, lose, round, pairs);
	if (round->status == ROUND_MEASURED)
		memory_proof_add(round, job->memory_nodes, round, sizeof(*round));
	error = job_answer(&channel_job_kind, job, round, (const struct histogram_pair *const *)pairs);
	for (int i = 0; i < ROUND_SERIES_MAX; i++)
		free(pairs[i]);
	pages_give(round, sizeof(*round));
	return error;
}

static const char *name_of(size_t i)
{
	return channels[i] ? channels[i]->about.name : NULL;
}

static int try_one(const void *argument, size_t i)
{
	struct channel_job job = *(const struct channel_job *)argument;

	job.mechanism = name_of(i);
	job.peer = channels[i]->about.traits & CHANNEL_PROCESS ? "process" : "thread";
	return run_and_send(&job, channels[i]);
}

static int probe_all(const struct channel_job *job)
{
	const struct worker_probe probe = { &channel_job_kind, name_of, try_one, job };

	return worker_probe_all(&probe);
}

static int bad_job(const char *what, const char *word)
{
	fprintf(stderr, "handoff-channel-worker: %s: %s\n", what, word);
	return EXIT_BAD_JOB;
}

int main(int argc, char **argv)
{
	const struct channel *channel;
	struct channel_job job;
	enum vector_state state;
	const char *word = "";

	channel_job_init(&job);
	if (job_parse(channel_job_keys, argc - 1, argv + 1, &job, &word))
		return bad_job("not a job", word);
	if (job.is_introduction)
		return job_introduce(&channel_job_kind, &job) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (!clock_source_works(job.clock_source))
		return bad_job("this CPU cannot be asked for the time like that", "clock_source");
	if (job.report_fd < 0 || !job.size || !job.depth || !job.rate || job.depth > UINT_MAX ||
	    !(job.ns_per_tick > 0))
		return bad_job("not a whole job", "report_fd, size, depth, rate, ns_per_tick");
	if (job.tasks < 2 || job.tasks > CHANNEL_RING_TASKS_MOST || !job.stride ||
	    vector_state_parse(job.state, &state))
		return bad_job("not a ring", "tasks, stride, state");
	if (!job.pairs || !job.fan_in || job.pairs > CHANNEL_TASKS_MOST ||
	    job.fan_in > CHANNEL_TASKS_MOST)
		return bad_job("not a whole job", "pairs, fan-in");
	if (job.is_probe)
		return probe_all(&job) ? EXIT_FAILURE : EXIT_SUCCESS;
	channel = job.mechanism ? channel_find(job.mechanism) : NULL;
	if (!channel)
		return bad_job("no such mechanism", job.mechanism ? job.mechanism : "(none)");
	return run_and_send(&job, channel) ? EXIT_FAILURE : EXIT_SUCCESS;
}
