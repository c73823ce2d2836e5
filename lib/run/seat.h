/* SPDX-License-Identifier: MIT */
/*
 * run/seat - the forked child that becomes a worker.
 *
 * Takes its seat (session, CPUs, memory policy, scheduling policy), then
 * executes.  Everything is set before the worker is executed, so that all of
 * it, stacks and page tables included, is made where it belongs.  What cannot
 * be set is reported as a skipped round, in words, and the child ends.  The child may share
 * its keeper's memory (vfork(2)).
 */
#ifndef HANDOFF_WORKER_SEAT_H
#define HANDOFF_WORKER_SEAT_H

#include <sys/types.h>

#include "run/worker.h"

void worker_seat_and_execute(const struct worker_order *order, int report_fd, pid_t keeper)
	__attribute__((noreturn));

/* In the worker's place: what kept it from being started.  0 or -errno. */
int worker_seat_answer(const struct worker_order *order, int report_fd, struct round *round);

#endif
