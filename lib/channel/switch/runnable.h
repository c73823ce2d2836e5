/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/runnable - keeps tasks waiting for their turn on one CPU.
 *
 * Each is bound to the CPU, has policy SCHED_IDLE and calls sched_yield(2) for
 * ever: it stays in the scheduler's queue and gives way to everybody.  They are
 * processes, or threads of one process; either way a helper of ours makes, ends
 * and reaps them, so that this process stays as lean as it was.  They end with
 * the helper, and that with its creator: also by SIGKILL.
 *
 * begin() returns once all of them have had a turn, and there is room for one
 * task more (the caller's own); else -errno, with nothing left and, in
 * ret_reason (RUNNABLE_REASON_BYTES), what to change where that is known: a task
 * that ends is -ECHILD, three seconds without any progress are -ETIMEDOUT.  end()
 * waits until all are gone; it takes a zeroed struct.
 * One owner; from the main thread, before there are others.
 */
#ifndef HANDOFF_RUNNABLE_H
#define HANDOFF_RUNNABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/helper-process.h"

#define RUNNABLE_REASON_BYTES 200

struct runnable_task {
	int32_t tid;
	uint64_t turns;            /* calls of sched_yield() that have returned; its own */
};

/* In memory that all share. */
struct runnable_table {
	uint32_t gate;             /* futex: 1 lets them loop */
	uint32_t made, ready, turned, ended;   /* how many: what is watched for progress */
	int32_t error;             /* of a task that could not get ready */
	struct runnable_task task[];
};

struct runnable {
	uint32_t count;
	int cpu;
	bool is_process;
	struct helper helper;
	struct runnable_table *table;
	size_t table_bytes;
};

/* What /proc says of them; sums. */
struct runnable_look {
	double waiting;            /* on their CPU, in state R, and had a turn */
	double switches;           /* voluntary and not; -1: cannot be read */
	double turns;              /* of each when its switches were read */
};

int runnable_begin(struct runnable *ret, uint32_t count, int cpu, bool is_process,
		   char *ret_reason);
void runnable_end(struct runnable *runnable);

/* Turns of all so far: quick, for the very edge of a window. */
uint64_t runnable_turns(const struct runnable *runnable);

/* Slow: some 40 us a task, which have turns meanwhile. */
void runnable_look(const struct runnable *runnable, struct runnable_look *ret);

#endif
