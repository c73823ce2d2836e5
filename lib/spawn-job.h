/* SPDX-License-Identifier: MIT */
/*
 * spawn-job - one round of one spawner, as the supervisor orders it.
 *
 * Words point into the worker's argv.  -1 for a CPU means: wherever the kernel
 * likes.  Sizes in bytes, times in ns.
 */
#ifndef HANDOFF_SPAWN_JOB_H
#define HANDOFF_SPAWN_JOB_H

#include <stdint.h>

#include "clock.h"
#include "job.h"

struct spawn_job {
	const char *mechanism;
	int report_fd;
	int clock_source;          /* enum clock_source */
	double ns_per_tick;
	uint64_t seed;
	uint64_t round;            /* which this is; spawners do not care */
	uint64_t window_ns;        /* how long to measure */
	int cpu_a, cpu_b;          /* parent's and child's */
	int spread;                /* each creator on a CPU of its own, in turn */
	int is_probe;              /* try every mechanism once, measure nothing */
	int batch;                 /* 1: time in batches, 0: each alone, -1: as its cost asks */
	int with_figures;          /* memory per task and copy-on-write, after the window */
	int control_fd, ack_fd;    /* of perf --control, -1 without */
	int memory_node;           /* where memory must lie, -1: not asked */
	const char *exec;          /* tiny, static, dynamic or a path */
	const char *backing;       /* 4k, thp, shmem, dontfork, hugetlb */
	const char *peer;          /* what several creators are: process or thread */
	uint64_t rss, vmas, fds, threads, stack, alive, parallel;
};

extern const struct job_key spawn_job_keys[];

/* What a job is before its arguments are read. */
void spawn_job_init(struct spawn_job *job);

#endif
