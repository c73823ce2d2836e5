/* SPDX-License-Identifier: MIT */
/* measure/selftest-job - a round of an operation of known cost: what all jobs have, and no more. */
#ifndef HANDOFF_SELFTEST_JOB_H
#define HANDOFF_SELFTEST_JOB_H

#include "measure/job.h"

struct selftest_job {
	JOB_COMMON;
};

extern const struct job_kind selftest_job_kind;

#endif
