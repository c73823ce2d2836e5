/* SPDX-License-Identifier: MIT */
/*
 * handoff-spawn-worker - measures one round of one spawner and reports it.
 *
 * Executed by spawn-cost, seated beforehand (CPUs, policy, memory).  Links
 * nothing but libc: what a fork costs grows with the image that forks.  Its
 * arguments are a job (lib/spawner/round/job.h), its answer a struct round.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/clock-source.h"
#include "kernel/pages.h"
#include "kernel/process-facts.h"
#include "measure/job-answer.h"
#include "measure/memory-proof.h"
#include "measure/probe-all.h"
#include "measure/round.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/job.h"
#include "spawner/round/resident.h"
#include "spawner/round/round.h"
#include "spawner/round/shared.h"

#define EXIT_BAD_JOB 2

/* Some mechanisms depend on how libc starts: then the worker starts anew. */
static int reexecute_with(const char *assignment, char **argv)
{
	const char *equals = strchr(assignment, '=');
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)(equals - assignment), assignment);
	if (getenv(name) && !strcmp(getenv(name), equals + 1))
		return 0;
	if (setenv(name, equals + 1, 1))
		return -errno;
	execv("/proc/self/exe", argv);
	return -errno;
}

/* Our own targets lie beside this program. */
static int find_target(const char *exec, char *path, size_t size, const char **ret_name)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (exec[0] == '/') {
		snprintf(path, size, "%s", exec);
	} else {
		if (length <= 0)
			return -errno;
		path[length] = 0;
		slash = strrchr(path, '/');
		snprintf(slash + 1, size - (size_t)(slash + 1 - path), "handoff-target-%s", exec);
	}
	*ret_name = strrchr(path, '/') + 1;
	return 0;
}

/* Why this cannot be measured, whatever the machine; NULL: it can. */
static const char *contradiction(const struct spawn_job *job, const struct spawner *spawner)
{
	unsigned int traits = spawner->about.traits;
	bool can_be_held = !(traits & SPAWN_SUSPENDS) ||
			   (traits & SPAWN_EXEC && !(traits & SPAWN_NO_PID));
	bool is_foreign = traits & SPAWN_EXEC && job->exec[0] == '/';

	if (job->alive > 1 && !can_be_held)
		return "its creator is suspended until the task ends: only one lives at a time";
	if (job->alive > 1 && is_foreign)
		return "a foreign --exec target cannot be held: use tiny, static or dynamic";
	if (job->cpu_a != job->cpu_b && traits & SPAWN_USER)
		return "it runs on its creator's own thread: there is no other CPU to it";
	if (job->cpu_a != job->cpu_b && is_foreign)
		return "where a foreign --exec target runs is unknown: use tiny, static or dynamic";
	if (job->cpu_a != job->cpu_b && job->parallel > 1)
		return "several creators are placed by same-cpu or float only";
	return NULL;
}

/* A limit that is known beforehand need not be run into. */
static int exceeds_limit(const struct spawn_job *job, struct round *round)
{
	double wanted = (double)(job->alive + job->threads) * (double)job->parallel;
	double allowed = process_tasks_allowed();
	char reason[200];

	if (wanted <= allowed)
		return 0;
	process_limit_reason(reason, sizeof(reason), (uint64_t)allowed);
	round_fail(round, ROUND_SKIPPED, 0, "plan", reason);
	return -EAGAIN;
}

/* On pages of its own: a path on the stack or a heap would be copied by every fork. */
struct context {
	struct round round;
	char target[PATH_MAX];
};

static void measure(const struct spawn_job *job, const struct spawner *spawner,
		    struct context *context, struct spawn_pairs *pairs)
{
	struct round *round = &context->round;
	struct spawn_config config = {
		.alive = (uint32_t)job->alive,
		.stack_bytes = job->stack,
		.target = context->target,
	};
	bool executes = spawner->about.traits & SPAWN_EXEC;
	int error = executes ? find_target(job->exec, context->target, sizeof(context->target),
					    &config.target_name) : 0;
	const char *reason = contradiction(job, spawner);

	if (error)
		round_fail(round, ROUND_SKIPPED, error, "target",
			   "where our own targets lie is told by /proc, and it is not mounted here");
	else if (reason)
		round_fail(round, ROUND_SKIPPED, 0, "plan", reason);
	else if (!exceeds_limit(job, round))
		spawn_round_run(job, spawner, &config, round, pairs);
}

static int run_and_send(const struct spawn_job *job, const struct spawner *spawner)
{
	struct spawn_pairs pairs = { 0 };
	struct context *context = pages_take(sizeof(*context));
	int error;

	if (!context)
		return job_answer_refusal(&spawn_job_kind, job, -ENOMEM, "memory", "");
	job_begin(job, spawner->about.name, &context->round);
	context->round.prepared_ns = job->prepared ? job->prepared->prepare_ns : 0;
	measure(job, spawner, context, &pairs);
	if (context->round.status == ROUND_MEASURED)
		memory_proof_add(&context->round, job->memory_nodes, &context->round,
				 sizeof(context->round));
	error = job_answer(&spawn_job_kind, job, &context->round,
			   (const struct histogram_pair *const *)pairs.of_series);
	spawn_pairs_free(&pairs);
	pages_give(context, sizeof(*context));
	return error;
}

static const char *name_of(size_t i)
{
	return spawners[i] ? spawners[i]->about.name : NULL;
}

static int try_one(const void *argument, size_t i)
{
	struct spawn_job job = *(const struct spawn_job *)argument;

	job.mechanism = name_of(i);
	return run_and_send(&job, spawners[i]);
}

static int probe_all(struct spawn_job *job)
{
	const struct worker_probe probe = { &spawn_job_kind, name_of, try_one, job };

	job->window_ns = 1;
	return worker_probe_all(&probe);
}

static int bad_job(const char *what, const char *word)
{
	fprintf(stderr, "handoff-spawn-worker: %s: %s\n", what, word);
	return EXIT_BAD_JOB;
}

/* NULL and a word to complain about, where this is no job for a worker of this kind. */
static const struct spawner *spawner_of(const struct spawn_job *job)
{
	const struct spawner *spawner = job->mechanism ? spawner_find(job->mechanism) : NULL;

	if (!spawner)
		bad_job("no such mechanism", job->mechanism ? job->mechanism : "(none)");
	return spawner;
}

static int parse(int argc, char **argv, struct spawn_job *job)
{
	const char *word = "";

	spawn_job_init(job);
	if (job_parse(spawn_job_keys, argc, argv, job, &word))
		return bad_job("not a job", word);
	if (!clock_source_works(job->clock_source))
		return bad_job("this CPU cannot be asked for the time like that", "clock_source");
	if (job->is_introduction)
		return 0;
	if (job->report_fd < 0 || !job->parallel || !job->alive || !(job->ns_per_tick > 0))
		return bad_job("not a whole job", "report_fd, parallel, alive, ns_per_tick");
	return 0;
}

static int count_jobs(int argc, char **argv)
{
	int count = 1;

	for (int i = 0; i < argc; i++)
		count += !strcmp(argv[i], JOB_NEXT);
	return count;
}

/* Jobs that are one behind the other, each a whole one. */
static int parse_all(int argc, char **argv, struct spawn_job *jobs)
{
	int from = 0, error = 0;

	for (int i = 0; i <= argc && !error; i++)
		if (i == argc || !strcmp(argv[i], JOB_NEXT)) {
			error = parse(i - from, argv + from, jobs++);
			from = i + 1;
		}
	return error;
}

static int run_window(const struct spawn_job *job)
{
	return run_and_send(job, spawner_find(job->mechanism));
}

static int run(struct spawn_job *jobs, size_t count, char **argv)
{
	const struct spawn_shared shared = { jobs, count, run_window };
	const struct spawner *spawner = NULL;

	if (jobs->is_introduction)
		return job_introduce(&spawn_job_kind, jobs) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (jobs->is_probe)
		return probe_all(jobs) ? EXIT_FAILURE : EXIT_SUCCESS;
	for (size_t i = count; i-- > 0;) {
		spawner = spawner_of(&jobs[i]);
		if (!spawner)
			return EXIT_BAD_JOB;
	}
	if (spawner->environment && reexecute_with(spawner->environment, argv))
		return job_answer_refusal(&spawn_job_kind, jobs, -errno, "environment",
					  "the worker could not execute itself once more")
			       ? EXIT_FAILURE : EXIT_SUCCESS;
	if (jobs->is_shared)
		return spawn_shared_run(&shared) ? EXIT_FAILURE : EXIT_SUCCESS;
	return run_and_send(jobs, spawner) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	size_t count = (size_t)count_jobs(argc - 1, argv + 1), bytes = count * sizeof(struct spawn_job);
	struct spawn_job one, *jobs = &one;
	int status;

	/* It has moved our stack, which is all that it is for: targets need not copy it. */
	unsetenv("HANDOFF_PADDING");
	/* A mapping more is one that each fork copies: only for several. */
	if (count > 1)
		jobs = pages_take(bytes);
	if (!jobs)
		return bad_job("no memory for the jobs", "");
	status = parse_all(argc - 1, argv + 1, jobs);
	if (!status)
		status = run(jobs, count, argv);
	if (jobs != &one)
		pages_give(jobs, bytes);
	return status;
}
