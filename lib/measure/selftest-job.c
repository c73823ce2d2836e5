/* SPDX-License-Identifier: MIT */
#include "measure/selftest-job.h"

static const struct job_key keys[] = {
	JOB_COMMON_KEYS(selftest_job),
	{ NULL, JOB_INT, 0 },
};

static void init(void *job)
{
	*(struct selftest_job *)job = (struct selftest_job){ JOB_COMMON_DEFAULTS };
}

const struct job_kind selftest_job_kind = {
	.name = "selftest", .keys = keys, .job_bytes = sizeof(struct selftest_job), .init = init,
};
