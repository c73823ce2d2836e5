/* SPDX-License-Identifier: MIT */
#include "engine/round/job.h"

#define KEY(name, type) JOB_KEY(engine_job, name, type)

const struct job_key engine_job_keys[] = {
	JOB_COMMON_KEYS(engine_job),
	KEY(workload, JOB_WORD),
	KEY(connections, JOB_U64),
	KEY(message, JOB_U64),
	KEY(rw, JOB_WORD),
	KEY(cache, JOB_WORD),
	KEY(size, JOB_U64),
	KEY(bs, JOB_U64),
	KEY(depth, JOB_U64),
	{ "submit-batch", JOB_U64, offsetof(struct engine_job, submit_batch) },
	{ "wait", JOB_U64, offsetof(struct engine_job, wait_ns) },
	KEY(rate, JOB_U64),
	KEY(arrivals, JOB_WORD),
	KEY(file, JOB_WORD),
	KEY(scratch, JOB_WORD),
	KEY(is_foreign, JOB_INT),
	{ NULL, JOB_INT, 0 },
};

void engine_job_init(struct engine_job *job)
{
	*job = (struct engine_job){
		JOB_COMMON_DEFAULTS,
		.workload = "file",
		.connections = 1,
		.message = 64,
		.rw = "randread",
		.cache = "warm",
		.size = 1 << 20,
		.bs = 4096,
		.depth = 1,
		.arrivals = "fixed",
		.submit_batch = 1,
	};
}

static void init(void *job)
{
	engine_job_init(job);
}

const struct job_kind engine_job_kind = {
	.name = "engine", .keys = engine_job_keys, .job_bytes = sizeof(struct engine_job), .init = init,
};
