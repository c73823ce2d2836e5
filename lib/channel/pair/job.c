/* SPDX-License-Identifier: MIT */
#include "channel/pair/job.h"

#include <stdbool.h>
#include <string.h>

#include "channel/channel.h"

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

static void expect_places(const struct channel_job *job, struct job_proofs *ret)
{
	if (job->cpu_a >= 0)
		job_expect(ret, "here_on_cpu");
	if (job->cpu_b >= 0 && !job->connect)
		job_expect(ret, "there_on_cpu");
}

/* As channel/switch has it: all tasks of a ring are on one CPU. */
static bool is_ring(const struct channel_job *job)
{
	return job->cpu_a == job->cpu_b &&
	       (job->tasks > 2 || job->footprint || strcmp(job->state, "none"));
}

static void expect_of_switch(const struct channel_job *job, struct job_proofs *ret)
{
	if (job->cpu_a != job->cpu_b) {
		job_expect(ret, "here_busy");
		job_expect(ret, "there_busy");
		return;
	}
	if (job->runnable)
		job_expect(ret, "runnable");
	if (job->cgroup_depth)
		job_expect(ret, "cgroup_depth");
}

static void expect_of_ring(struct job_proofs *ret)
{
	job_expect(ret, "messages");
	job_expect(ret, "sums");
	job_expect(ret, "tasks_on_cpu");
	job_expect(ret, "switches");
}

static void expect_of_fan_in(const struct channel_job *job, struct job_proofs *ret)
{
	job_expect(ret, "messages_there");
	job_expect(ret, "sums");
	job_expect(ret, "senders");
	expect_places(job, ret);
}

static void expect_of_pair(const struct channel_job *job, unsigned int traits,
			   struct job_proofs *ret)
{
	bool is_switch = !strcmp(job->mode, "switch");

	job_expect(ret, "messages_there");
	job_expect(ret, "messages_back");
	if (job->size && !(traits & (CHANNEL_TOKEN | CHANNEL_SWITCH)))
		job_expect(ret, "sums");
	expect_places(job, ret);
	if (is_switch)
		expect_of_switch(job, ret);
	else if (strcmp(job->wait, "block"))
		job_expect(ret, strcmp(job->wait, "spin") ? "waits" : "tries");
	if (job->pairs > 1) {
		job_expect(ret, "pairs");
		job_expect(ret, "pair_sums");
	}
}

static void expect(const void *argument, unsigned int traits, struct job_proofs *ret)
{
	const struct channel_job *job = argument;

	if (job->memory_nodes)
		job_expect(ret, "pages_on_node");
	if (!strcmp(job->mode, "set-up")) {
		job_expect(ret, "messages");
		job_expect(ret, "sums");
		if (job->cpu_a >= 0)
			job_expect(ret, "here_on_cpu");
	} else if (!strcmp(job->mode, "switch") && is_ring(job)) {
		expect_of_ring(ret);
	} else if (traits & CHANNEL_NULL) {
		if (job->cpu_a >= 0)
			job_expect(ret, "here_on_cpu");
	} else if (job->fan_in > 1) {
		expect_of_fan_in(job, ret);
	} else {
		expect_of_pair(job, traits, ret);
	}
}

static void init(void *job)
{
	channel_job_init(job);
}

const struct job_kind channel_job_kind = {
	.name = "channel", .keys = channel_job_keys, .job_bytes = sizeof(struct channel_job), .init = init,
	.expect = expect,
};
