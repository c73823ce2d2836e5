/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/job - one round of one spawner, as the supervisor orders it.
 *
 * Words point into the worker's argv.  -1 for a CPU means: wherever the kernel
 * likes.  Sizes in bytes, times in ns.  The other side, where there is one, are
 * further creators.
 */
#ifndef HANDOFF_SPAWN_JOB_H
#define HANDOFF_SPAWN_JOB_H

#include <stdint.h>

#include "measure/job.h"

struct spawn_resident;

struct spawn_job {
	JOB_COMMON;
	int spread;                /* each creator on a CPU of its own, in turn */
	const char *exec;          /* tiny, static, dynamic or a path */
	const char *backing;       /* 4k, thp, shmem, dontfork, hugetlb */
	uint64_t rss, vmas, fds, threads, stack, alive, parallel;
	int is_shared;             /* its memory is prepared once, for several windows (shared.h) */
	uint64_t share_ns;         /* time that this preparation and its windows may take; 0: any */
	uint64_t share_rounds;     /* rounds that these cells still want of all preparations */
	uint64_t patience_ns;      /* for one window of a shared memory */
	const struct spawn_resident *prepared;   /* by our parent; not ordered: NULL */
};

extern const struct job_key spawn_job_keys[];
extern const struct job_kind spawn_job_kind;

/* What a job is before its arguments are read. */
void spawn_job_init(struct spawn_job *job);

#endif
