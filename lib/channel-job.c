/* SPDX-License-Identifier: MIT */
#include "channel-job.h"

#include <string.h>

#include "clock.h"

#define KEY(name, type) { #name, type, offsetof(struct channel_job, name) }

const struct job_key channel_job_keys[] = {
	KEY(mechanism, JOB_WORD),
	KEY(peer, JOB_WORD),
	KEY(mode, JOB_WORD),
	KEY(report_fd, JOB_INT),
	KEY(clock_source, JOB_INT),
	KEY(ns_per_tick, JOB_DOUBLE),
	KEY(seed, JOB_U64),
	KEY(round, JOB_U64),
	KEY(window_ns, JOB_U64),
	KEY(cpu_a, JOB_INT),
	KEY(cpu_b, JOB_INT),
	KEY(memory_node, JOB_INT),
	KEY(batch, JOB_INT),
	KEY(is_probe, JOB_INT),
	KEY(with_figures, JOB_INT),
	KEY(control_fd, JOB_INT),
	KEY(ack_fd, JOB_INT),
	KEY(size, JOB_U64),
	KEY(depth, JOB_U64),
	KEY(rate, JOB_U64),
	KEY(arrivals, JOB_WORD),
	{ NULL, JOB_INT, 0 },
};

void channel_job_init(struct channel_job *job)
{
	memset(job, 0, sizeof(*job));
	job->report_fd = job->control_fd = job->ack_fd = -1;
	job->cpu_a = job->cpu_b = job->memory_node = job->batch = -1;
	job->clock_source = CLOCK_GETTIME;
	job->ns_per_tick = 1;
	job->window_ns = 10000000;
	job->peer = "process";
	job->mode = "latency";
	job->size = 1;
	job->depth = 1;
	job->rate = 1000;
	job->arrivals = "fixed";
}
