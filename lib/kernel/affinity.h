/* SPDX-License-Identifier: MIT */
/*
 * kernel/affinity - which CPUs the calling thread may run on.
 *
 * 0 or -errno.  What is set is inherited by what the thread creates.
 */
#ifndef HANDOFF_AFFINITY_H
#define HANDOFF_AFFINITY_H

/* Only these two (which may be one). */
int affinity_set(int cpu_a, int cpu_b);

/* The i-th CPU that the thread may run on, counted round and round; -1: unknown. */
int affinity_nth(int i);

/* How many CPUs the thread may run on; 1 where that is unknown. */
int affinity_count(void);

#endif
