/* SPDX-License-Identifier: MIT */
#include "channel/pair/job.h"

#define KEY(name, type) JOB_KEY(channel_job, name, type)

const struct job_key channel_job_keys[] = {
	JOB_COMMON_KEYS(channel_job),
	KEY(mode, JOB_WORD),
	KEY(size, JOB_U64),
	KEY(depth, JOB_U64),
	KEY(rate, JOB_U64),
	KEY(arrivals, JOB_WORD),
	KEY(wait, JOB_WORD),
	KEY(tasks, JOB_U64),
	KEY(footprint, JOB_U64),
	KEY(stride, JOB_U64),
	KEY(state, JOB_WORD),
	KEY(runnable, JOB_U64),
	{ "cgroup-depth", JOB_U64, offsetof(struct channel_job, cgroup_depth) },
	KEY(connect, JOB_WORD),
	KEY(pairs, JOB_U64),
	{ "fan-in", JOB_U64, offsetof(struct channel_job, fan_in) },
	{ NULL, JOB_INT, 0 },
};

void channel_job_init(struct channel_job *job)
{
	*job = (struct channel_job){
		JOB_COMMON_DEFAULTS,
		.mode = "latency",
		.size = 1,
		.depth = 1,
		.rate = 1000,
		.arrivals = "fixed",
		.wait = "block",
		.tasks = 2,
		.stride = 64,
		.state = "none",
		.pairs = 1,
		.fan_in = 1,
	};
}

static void init(void *job)
{
	channel_job_init(job);
}

const struct job_kind channel_job_kind = {
	.name = "channel", .keys = channel_job_keys, .job_bytes = sizeof(struct channel_job), .init = init,
};
