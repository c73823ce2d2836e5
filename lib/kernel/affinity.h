/* SPDX-License-Identifier: MIT */
/*
 * kernel/affinity - reads and sets which CPUs the calling thread may run on.
 *
 * Sets are as large as this kernel asks for: cpu_set_t ends at 1024 CPUs, and
 * where more are possible the kernel refuses to fill one.
 *
 * 0 or -errno.  What is set is inherited by what the thread creates.
 */
#ifndef HANDOFF_AFFINITY_H
#define HANDOFF_AFFINITY_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct affinity {
	cpu_set_t *set;     /* for the CPU_*_S macros, and for the kernel */
	size_t bytes;
};

/* The CPUs that the thread may run on now.  affinity_done() gives the memory back. */
int affinity_take(struct affinity *ret);

/* May run there again. */
int affinity_restore(const struct affinity *affinity);

/* Takes a zeroed one, too. */
void affinity_done(struct affinity *affinity);

/* Any number is a valid question. */
bool affinity_has(const struct affinity *affinity, int cpu);

/* Only these two (which may be one). */
int affinity_set(int cpu_a, int cpu_b);

/* The i-th CPU that the thread may run on, counted round and round; -1: unknown. */
int affinity_nth(int i);

/* The only CPU that a task of this PID namespace may run on; -1: it has several, or unknown. */
int affinity_only(pid_t task);

/* How many CPUs the thread may run on; 1 where that is unknown. */
int affinity_count(void);

#endif
