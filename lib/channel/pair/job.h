/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/job - what a channel worker is asked to measure (see measure/job.h).
 *
 * Keys are the members' names; those of the tools' parameters are the parameters'
 * own.  channel_job_init() sets what stands when a key is not given.
 */
#ifndef HANDOFF_CHANNEL_JOB_H
#define HANDOFF_CHANNEL_JOB_H

#include <stdint.h>

#include "measure/job.h"

struct channel_job {
	JOB_COMMON;
	const char *mode;
	uint64_t size, depth, rate;
	const char *arrivals, *wait;
	uint64_t tasks, footprint, stride;   /* of a ring: channel/switch/switch-ring.h */
	const char *state;
	uint64_t runnable, cgroup_depth;   /* around a switch: channel/switch/conditions.h */
	const char *connect;       /* numeric address of the other host (channel/remote/remote.h), or NULL */
	uint64_t pairs;            /* that pass messages at once, ours among them */
	uint64_t fan_in;           /* that send to us alone */
};

/* Of either, at most. */
#define CHANNEL_TASKS_MOST 4096

extern const struct job_key channel_job_keys[];
extern const struct job_kind channel_job_kind;

void channel_job_init(struct channel_job *job);

#endif
