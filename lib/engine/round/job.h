/* SPDX-License-Identifier: MIT */
/*
 * engine/round/job - what an engine worker is asked to measure (see measure/job.h).
 *
 * Keys are the members' names; those of the tools' parameters are the parameters'
 * own.  engine_job_init() sets what stands when a key is not given.
 */
#ifndef HANDOFF_ENGINE_JOB_H
#define HANDOFF_ENGINE_JOB_H

#include <stdint.h>

#include "measure/job.h"

struct engine_job {
	JOB_COMMON;
	const char *workload;      /* file, sleep, socket */
	uint64_t connections, message;     /* of sockets */
	const char *rw;            /* randread, randwrite, read, write */
	const char *cache;         /* warm, cold, direct */
	uint64_t size, bs, depth, submit_batch;
	uint64_t wait_ns;          /* of a sleep */
	uint64_t rate;             /* requests a second; 0: as soon as one has ended */
	const char *arrivals;      /* fixed, poisson */
	uint64_t ramp_ns;          /* until a device is steady, at most; 0: no ramp */
	int is_foreign;            /* the file is the user's: what it holds is not known */
	const char *file;          /* path of the file that is there to be read, or NULL */
	const char *scratch;       /* of one of ours that may be written, or NULL */
};

extern const struct job_key engine_job_keys[];
extern const struct job_kind engine_job_kind;

void engine_job_init(struct engine_job *job);

#endif
