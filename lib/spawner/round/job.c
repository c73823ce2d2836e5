/* SPDX-License-Identifier: MIT */
#include "spawner/round/job.h"

#include "spawner/spawner.h"

#define KEY(name, type) JOB_KEY(spawn_job, name, type)

const struct job_key spawn_job_keys[] = {
	JOB_COMMON_KEYS(spawn_job),
	KEY(spread, JOB_INT),
	KEY(exec, JOB_WORD),
	KEY(backing, JOB_WORD),
	KEY(rss, JOB_U64),
	KEY(vmas, JOB_U64),
	KEY(fds, JOB_U64),
	KEY(threads, JOB_U64),
	KEY(stack, JOB_U64),
	KEY(alive, JOB_U64),
	KEY(parallel, JOB_U64),
	KEY(is_shared, JOB_INT),
	KEY(share_ns, JOB_U64),
	KEY(share_rounds, JOB_U64),
	KEY(patience_ns, JOB_U64),
	{ NULL, JOB_INT, 0 },
};

void spawn_job_init(struct spawn_job *job)
{
	*job = (struct spawn_job){
		JOB_COMMON_DEFAULTS,
		.exec = "tiny",
		.backing = "4k",
		.alive = 1,
		.parallel = 1,
	};
}

static void expect(const void *argument, unsigned int traits, struct job_proofs *ret)
{
	const struct spawn_job *job = argument;

	job_expect(ret, traits & SPAWN_EXEC && job->exec[0] == '/' ? "targets_ended" : "tasks_run");
	if (job->cpu_a >= 0 || job->spread)
		job_expect(ret, "creator_on_cpu");
	if (job->memory_nodes)
		job_expect(ret, "pages_on_node");
}

static void init(void *job)
{
	spawn_job_init(job);
}

const struct job_kind spawn_job_kind = {
	.name = "spawn", .keys = spawn_job_keys, .job_bytes = sizeof(struct spawn_job), .init = init,
	.expect = expect,
};
