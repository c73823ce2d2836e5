/* SPDX-License-Identifier: MIT */
#include "kernel/affinity.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

/* As many as any kernel is built for. */
#define CPUS_MOST 8192

int affinity_set(int cpu_a, int cpu_b)
{
	int most = cpu_a > cpu_b ? cpu_a : cpu_b;
	size_t bytes = CPU_ALLOC_SIZE((size_t)most + 1);
	cpu_set_t *set = CPU_ALLOC((size_t)most + 1);
	int error;

	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(bytes, set);
	CPU_SET_S((size_t)cpu_a, bytes, set);
	CPU_SET_S((size_t)cpu_b, bytes, set);
	error = sched_setaffinity(0, bytes, set) ? -errno : 0;
	CPU_FREE(set);
	return error;
}

static int nth_of(const cpu_set_t *set, size_t bytes, int i)
{
	int count = CPU_COUNT_S(bytes, set);

	if (!count)
		return -1;
	i %= count;
	for (int cpu = 0; cpu < CPUS_MOST; cpu++)
		if (CPU_ISSET_S((size_t)cpu, bytes, set) && i-- == 0)
			return cpu;
	return -1;
}

int affinity_nth(int i)
{
	size_t bytes = CPU_ALLOC_SIZE(CPUS_MOST);
	cpu_set_t *set = CPU_ALLOC(CPUS_MOST);
	int cpu = -1;

	if (set && !sched_getaffinity(0, bytes, set))
		cpu = nth_of(set, bytes, i);
	CPU_FREE(set);
	return cpu;
}

int affinity_count(void)
{
	size_t bytes = CPU_ALLOC_SIZE(CPUS_MOST);
	cpu_set_t *set = CPU_ALLOC(CPUS_MOST);
	int count = 0;

	if (set && !sched_getaffinity(0, bytes, set))
		count = CPU_COUNT_S(bytes, set);
	CPU_FREE(set);
	return count > 0 ? count : 1;
}
