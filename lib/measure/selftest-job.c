/* SPDX-License-Identifier: MIT */
#include "measure/selftest-job.h"

static const struct job_key keys[] = {
	JOB_COMMON_KEYS(selftest_job),
	{ NULL, JOB_INT, 0 },
};

static void expect(const void *argument, unsigned int traits, struct job_proofs *ret)
{
	const struct selftest_job *job = argument;

	(void)traits;
	job_expect(ret, "operations");
	job_expect(ret, "minor_faults");
	if (job->cpu_a >= 0)
		job_expect(ret, "edges_on_cpu");
}

static void init(void *job)
{
	*(struct selftest_job *)job = (struct selftest_job){ JOB_COMMON_DEFAULTS };
}

const struct job_kind selftest_job_kind = {
	.name = "selftest", .keys = keys, .job_bytes = sizeof(struct selftest_job), .init = init,
	.expect = expect,
};
