/* SPDX-License-Identifier: MIT */
/* measure/reference-job - a reference of the host's speed: what all jobs have, and no more. */
#ifndef HANDOFF_REFERENCE_JOB_H
#define HANDOFF_REFERENCE_JOB_H

#include "measure/job.h"

/* The program of such jobs. */
#define REFERENCE_WORKER "handoff-reference-worker"
/* The only mechanism of such a job. */
#define REFERENCE_MECHANISM "reference"

struct reference_job {
	JOB_COMMON;
};

extern const struct job_kind reference_job_kind;

#endif
