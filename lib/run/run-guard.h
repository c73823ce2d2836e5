/* SPDX-License-Identifier: MIT */
/*
 * run/run-guard - whoever outlives a supervisor that was killed, does not for long.
 *
 * Workers die with their supervisor and most of their children with them; a
 * program that a worker has executed (--exec PATH) does not.  All of them carry
 * a mark in their environment.  The guard is a small process, forked before the
 * first worker, that waits for the supervisor's end - of any kind - and then
 * kills every process with the mark that it can see.  Where /proc shows another
 * PID namespace it sees none.
 *
 * start() sets the mark in this process's environment.  end() makes the guard
 * do its work and waits for it; it takes a guard that was never started (pid 0).
 * 0 or -errno.  Not thread-safe.
 */
#ifndef HANDOFF_RUN_GUARD_H
#define HANDOFF_RUN_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

struct run_guard {
	pid_t pid;
	int lifeline;                  /* its other end is the guard's: our death is its end of file */
};

int run_guard_start(struct run_guard *guard);
void run_guard_end(struct run_guard *guard);

/* Whether an environment, as /proc/PID/environ has it, has this entry ("NAME=value"). */
bool run_guard_has_mark(int environment, const char *mark);

#endif
