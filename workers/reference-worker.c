/* SPDX-License-Identifier: MIT */
/*
 * handoff-reference-worker - times the fixed mix of kernel work once (measure/reference.h).
 *
 * Executed by every tool once a round, between the workers that measure, and by a worker of
 * its own so that it leaves no trace in theirs.  Its arguments are a job
 * (lib/measure/reference-job.h), its answer is a struct round.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/affinity.h"
#include "kernel/clock-source.h"
#include "measure/job-answer.h"
#include "measure/reference-job.h"
#include "measure/reference.h"

#define EXIT_BAD_JOB 2

/* Where it is, if nobody says where: both sides of a switch have to share a CPU. */
static int sit(const struct reference_job *job)
{
	int cpu = job->cpu_a >= 0 ? job->cpu_a
				  : clock_cpu((enum clock_source)job->clock_source);

	return cpu < 0 ? -ESRCH : affinity_set(cpu, cpu);
}

static int run_and_send(const struct reference_job *job)
{
	static struct round round;
	struct reference reference;
	int error = sit(job);

	job_begin(job, REFERENCE_MECHANISM, &round);
	if (error) {
		round_refuse(&round, error, "seat", "");
	} else {
		reference_take((enum clock_source)job->clock_source, &reference);
		reference_tell(&reference, &round);
		round_saw_cpu(&round, clock_cpu((enum clock_source)job->clock_source));
	}
	return job_answer_bare(&reference_job_kind, job, &round);
}

static int bad_job(const char *what, const char *word)
{
	fprintf(stderr, "handoff-reference-worker: %s: %s\n", what, word);
	return EXIT_BAD_JOB;
}

int main(int argc, char **argv)
{
	struct reference_job job;
	const char *word = "";

	/* The other side of a switch may be killed: that is an error, and not our end. */
	signal(SIGPIPE, SIG_IGN);
	reference_job_kind.init(&job);
	if (job_parse(reference_job_kind.keys, argc - 1, argv + 1, &job, &word))
		return bad_job("not a job", word);
	if (job.is_introduction)
		return job_introduce(&reference_job_kind, &job) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (!clock_source_works(job.clock_source))
		return bad_job("this CPU cannot be asked for the time like that", "clock_source");
	if (job.report_fd < 0 || !(job.ns_per_tick > 0) || job.is_probe)
		return bad_job("not a whole job", "report_fd, ns_per_tick, no is_probe");
	if (!job.mechanism || strcmp(job.mechanism, REFERENCE_MECHANISM))
		return bad_job("no such mechanism", job.mechanism ? job.mechanism : "(none)");
	return run_and_send(&job) ? EXIT_FAILURE : EXIT_SUCCESS;
}
