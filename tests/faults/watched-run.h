/* SPDX-License-Identifier: MIT */
/*
 * watched-run - a part of a test in a process whose system calls are counted, or fail.
 *
 * The body runs in a fork of the test.  Its calls, and those of all that it makes, are
 * asked about (seccomp, user notification).  Without a fault they are counted: a contract
 * test need not know what a mechanism calls.  With a fault one of them is answered in the
 * place of the kernel.  The body says where it is by watched_stage(), in shared memory.
 *
 * No privilege is needed; Linux 5.9.  One run at a time.
 */
#ifndef HANDOFF_WATCHED_RUN_H
#define HANDOFF_WATCHED_RUN_H

#include "inject-plan.h"

/* Who calls: the body's own first thread, or any other task. */
enum watched_side { SIDE_HERE, SIDE_THERE, SIDES };

struct watched_run {
	/* The caller's. */
	void (*body)(void *argument);      /* returns, or ends its process */
	void *argument;
	const struct fault *fault;         /* NULL: all calls are counted */
	enum watched_side side;            /* whose calls the fault is for */

	/* What became of it. */
	unsigned long counts[PLAN_CALLS_MAX][STAGES][SIDES];
	unsigned long fired;
	uint64_t clone_flags;      /* of the first task that was made here, within */
	bool has_cloned;
	bool is_late;              /* it did not end, and was killed */
	bool is_left;              /* something of it lived on */
	int status;                /* as a shell has it */
};

/* 0; -ENOSYS where this kernel cannot, or does not let us; or -errno. */
int watched_run(struct watched_run *run);

/* By the body: what follows is before, within or behind what is measured. */
void watched_stage(enum stage stage);

/* Its calls are none of the body's until the next watched_stage(); where it was. */
enum stage watched_pause(void);

#endif
