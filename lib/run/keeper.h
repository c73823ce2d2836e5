/* SPDX-License-Identifier: MIT */
/*
 * run/keeper - the parent of one worker, and of all that the worker leaves behind.
 *
 * The tool may have children that it did not make: what a shell started before it executed the
 * tool.  Those must never be killed or waited for.  So a worker is not the tool's child.  The tool
 * forks a keeper, which has no children then; the keeper starts the worker and adopts its orphans
 * (PR_SET_CHILD_SUBREAPER).  Every child of the keeper is thus ours, whatever it does to its
 * session, its name or its environment.
 *
 * The keeper kills the worker when it is told to, or when the tool has ended in any way.  It tells
 * the worker's end, kills and reaps what is left, and ends.  Should the keeper be killed, the
 * worker dies as well (PR_SET_PDEATHSIG).
 */
#ifndef HANDOFF_RUN_KEEPER_H
#define HANDOFF_RUN_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#include "run/stops.h"
#include "run/worker.h"

struct worker_keeper {
	pid_t pid;
	int line;              /* readable when there is something for worker_keeper_hear() */
};

struct worker_end {
	int64_t status;        /* as waitpid(2) has it; no padding: it is sent as it stands */
	uint64_t started_ns;   /* when it was, since boot, in the kernel's ticks; 0: unknown */
	int64_t was_stopped;   /* 1: by a signal, when it was to be killed */
	struct stops stops;    /* from which it went on; begun when it ended, where that was not seen */
};

enum worker_keeper_word {
	KEEPER_SILENT,         /* nothing new */
	KEEPER_TOLD,           /* the worker has ended */
	KEEPER_ENDED,          /* nothing of the worker is left; or the keeper was killed */
};

/*
 * Starts a worker that answers on report_fd, which stays the caller's.  0 or -errno.  What keeps
 * the worker itself from starting is told on report_fd.
 */
int worker_keeper_start(const struct worker_order *order, int report_fd,
			struct worker_keeper *ret);

/* Does not wait.  *ret_end is written with KEEPER_TOLD. */
enum worker_keeper_word worker_keeper_hear(const struct worker_keeper *keeper,
					   struct worker_end *ret_end);

/* The worker is to be killed.  May be called again. */
void worker_keeper_dismiss(const struct worker_keeper *keeper);

/* For a keeper that does not end.  Its worker dies with it. */
void worker_keeper_kill(const struct worker_keeper *keeper);

/* After KEEPER_ENDED, or after it was killed: waits for it, and gives back what start() took. */
void worker_keeper_end(struct worker_keeper *keeper);

#endif
