/* SPDX-License-Identifier: MIT */
#include "measure/reference-job.h"

static const struct job_key keys[] = {
	JOB_COMMON_KEYS(reference_job),
	{ NULL, JOB_INT, 0 },
};

static void init(void *job)
{
	*(struct reference_job *)job = (struct reference_job){ JOB_COMMON_DEFAULTS };
}

/* No proof is there always: that of a part which is missing is not. */
const struct job_kind reference_job_kind = {
	.name = "reference", .keys = keys, .job_bytes = sizeof(struct reference_job), .init = init,
};
