/* SPDX-License-Identifier: MIT */
/* selftest-job - one round of one operation of known cost (known-cost.h): what all jobs have, and no more. */
#ifndef HANDOFF_SELFTEST_JOB_H
#define HANDOFF_SELFTEST_JOB_H

#include "measure/job.h"

struct selftest_job {
	JOB_COMMON;
};

extern const struct job_kind selftest_job_kind;

#endif
