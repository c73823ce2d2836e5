/* SPDX-License-Identifier: MIT */
/*
 * measure/probe-all - tries all mechanisms of a worker, for --list.
 *
 * Each runs in a child of its own, so that one that crashes or hangs does not
 * take the others along; such a one is reported as a failed round.  run() sends
 * the mechanism's round itself.  Worker side; one thread.
 */
#ifndef HANDOFF_WORKER_PROBE_H
#define HANDOFF_WORKER_PROBE_H

#include <stddef.h>

#include "measure/job.h"

struct worker_probe {
	const struct job_kind *kind;
	const char *(*name)(size_t i);             /* NULL behind the last */
	int (*run)(const void *job, size_t i);     /* 0 or -errno */
	const void *job;
};

/* 0, or -errno when nothing could be sent. */
int worker_probe_all(const struct worker_probe *probe);

#endif
