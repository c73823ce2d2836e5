/* SPDX-License-Identifier: MIT */
/*
 * job-answer - what a worker sends: who it is and by which job it has measured, then the round.
 *
 * To the job's report_fd; job begins with JOB_COMMON.  0 or -errno.  May be called in a signal
 * handler that does not return.
 */
#ifndef HANDOFF_JOB_ANSWER_H
#define HANDOFF_JOB_ANSWER_H

#include "measure/job.h"
#include "measure/round.h"

/* A round of that mechanism begins now. */
void job_begin(const void *job, const char *mechanism, struct round *round);

/* buckets: as of round_send(). */
int job_answer(const struct job_kind *kind, const void *job, struct round *round,
	       const struct histogram_pair *const *buckets);

/* Of a round without series: a failure, a skip. */
int job_answer_bare(const struct job_kind *kind, const void *job, struct round *round);

/* All that is left to say where no round could be begun; reason: "" for none. */
int job_answer_refusal(const struct job_kind *kind, const void *job, int error, const char *step,
		       const char *reason);

/* Who it is, and no more. */
int job_introduce(const struct job_kind *kind, const void *job);

#endif
