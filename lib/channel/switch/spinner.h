/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/spinner - a task that keeps a CPU awake and gives way to everybody.
 *
 * A process that spins on one CPU under SCHED_IDLE: the unprivileged substitute
 * for /dev/cpu_dma_latency.  It ends with its creator.  0 or -errno; one owner.
 */
#ifndef HANDOFF_SPINNER_H
#define HANDOFF_SPINNER_H

#include <stdint.h>
#include <sys/types.h>

struct spinner {
	pid_t pid;                 /* 0: none */
	uint64_t *turns;           /* in shared memory, counted up while it runs */
};

/* Returns once it spins: -ETIMEDOUT if it does not within two seconds. */
int spinner_begin(struct spinner *ret, int cpu);

uint64_t spinner_turns(const struct spinner *spinner);

/* Takes one that was never begun. */
void spinner_end(struct spinner *spinner);

#endif
