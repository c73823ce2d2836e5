/* SPDX-License-Identifier: MIT */
#include "engine/round/job.h"

#include <string.h>

#include "engine/engine.h"

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
	KEY(ramp_ns, JOB_U64),
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

static void expect_of_file(const struct engine_job *job, struct job_proofs *ret)
{
	if (!strcmp(job->cache, "warm"))
		job_expect(ret, "pages_cached");
	else if (!strcmp(job->cache, "cold"))
		job_expect(ret, "pages_not_cached");
	else
		job_expect(ret, "direct");
	if (strstr(job->rw, "write"))
		job_expect(ret, "blocks_written");
}

static void expect(const void *argument, unsigned int traits, struct job_proofs *ret)
{
	const struct engine_job *job = argument;

	job_expect(ret, "completions");
	if (job->cpu_a >= 0)
		job_expect(ret, "on_cpus");
	if (job->memory_nodes)
		job_expect(ret, "pages_on_node");
	if (!strcmp(job->workload, "sleep")) {
		job_expect(ret, "sleeps");
		job_expect(ret, "slept");
	} else if (!strcmp(job->workload, "file") && !(traits & (ENGINE_NULL | ENGINE_NOP))) {
		expect_of_file(job, ret);
	} else if (!strcmp(job->workload, "socket") && traits & ENGINE_SERVES) {
		job_expect(ret, "served");
		job_expect(ret, "connections");
	}
}

static void init(void *job)
{
	engine_job_init(job);
}

const struct job_kind engine_job_kind = {
	.name = "engine", .keys = engine_job_keys, .job_bytes = sizeof(struct engine_job), .init = init,
	.expect = expect,
};
