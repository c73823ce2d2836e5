/* SPDX-License-Identifier: MIT */
#include "measure/job-answer.h"

#include "measure/identity.h"

static int fd_of(const void *job)
{
	return ((const struct job_common *)job)->report_fd;
}

int job_introduce(const struct job_kind *kind, const void *job)
{
	char text[IDENTITY_BYTES_MAX];
	long bytes = identity_write(kind, job, text);

	return bytes < 0 ? (int)bytes : round_write(fd_of(job), text, (size_t)bytes);
}

static void mark(const void *job, struct round *round, struct clock_mark *ret)
{
	const struct job_common *common = job;
	int error = clock_mark((enum clock_source)common->clock_source, ret);

	if (error)
		round_fail(round, ROUND_FAILED, error, "clock", "the kernel does not tell the time");
}

void job_begin(const void *job, const char *mechanism, struct round *round)
{
	round_init(round, mechanism);
	mark(job, round, &round->begin);
}

int job_answer(const struct job_kind *kind, const void *job, struct round *round,
	       const struct histogram_pair *const *buckets)
{
	int error;

	mark(job, round, &round->end);
	error = job_introduce(kind, job);
	return error ? error : round_send(fd_of(job), round, buckets);
}

int job_answer_bare(const struct job_kind *kind, const void *job, struct round *round)
{
	const struct histogram_pair *none[ROUND_SERIES_MAX] = { 0 };

	return job_answer(kind, job, round, none);
}

int job_answer_refusal(const struct job_kind *kind, const void *job, int error, const char *step,
		       const char *reason)
{
	struct round round;

	round_init(&round, ((const struct job_common *)job)->mechanism);
	round_refuse(&round, error, step, reason);
	return job_answer_bare(kind, job, &round);
}
