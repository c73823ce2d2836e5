/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/shared - one prepared memory, and many windows over it.
 *
 * Writing gigabytes takes seconds: so the memory is prepared once, and each window
 * (one mechanism, one round) runs in a process forked from the one that prepared
 * it.  Whatever a window leaves behind, a thread, a namespace, a crash, ends with
 * its process.
 *
 * The windows of a round stand together.  Further rounds are begun while they are
 * wanted of this preparation (measure/share.h) and fit into the time ordered.
 */
#ifndef HANDOFF_SPAWN_SHARED_H
#define HANDOFF_SPAWN_SHARED_H

#include <stddef.h>

#include "spawner/round/job.h"

struct spawn_shared {
	struct spawn_job *jobs;    /* in their order; of one memory, mechanism's environment and seat */
	size_t count;
	/* Runs one window in a process of its own and sends its round to job->report_fd. */
	int (*run)(const struct spawn_job *job);
};

/*
 * Sends one round for each window that was begun, in their order, to the report_fd of
 * the first job.  If the memory cannot be had, each window's round says why.
 * 0, or -errno when nothing could be sent.
 */
int spawn_shared_run(const struct spawn_shared *shared);

#endif
