/* SPDX-License-Identifier: MIT */
#include "kernel/affinity.h"

#include <errno.h>
#include <stdlib.h>

/* Where to begin, and where to give up: far above what a kernel can be built for. */
#define CPUS_FIRST 1024
#define CPUS_MOST (1u << 20)

static int take_of_size(pid_t task, size_t cpus, struct affinity *ret)
{
	struct affinity affinity = { CPU_ALLOC(cpus), CPU_ALLOC_SIZE(cpus) };
	int error;

	if (!affinity.set)
		return -ENOMEM;
	error = sched_getaffinity(task, affinity.bytes, affinity.set) ? -errno : 0;
	if (error)
		CPU_FREE(affinity.set);
	else
		*ret = affinity;
	return error;
}

static int take_of(pid_t task, struct affinity *ret)
{
	int error = -EINVAL;

	/* EINVAL: the kernel has more CPUs than the set has bits. */
	for (size_t cpus = CPUS_FIRST; error == -EINVAL && cpus <= CPUS_MOST; cpus *= 2)
		error = take_of_size(task, cpus, ret);
	return error;
}

int affinity_take(struct affinity *ret)
{
	return take_of(0, ret);
}

int affinity_restore(const struct affinity *affinity)
{
	return sched_setaffinity(0, affinity->bytes, affinity->set) ? -errno : 0;
}

void affinity_done(struct affinity *affinity)
{
	CPU_FREE(affinity->set);
	*affinity = (struct affinity){ .set = NULL };
}

bool affinity_has(const struct affinity *affinity, int cpu)
{
	return cpu >= 0 && CPU_ISSET_S((size_t)cpu, affinity->bytes, affinity->set);
}

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

static int nth_of(const struct affinity *affinity, int i)
{
	int count = CPU_COUNT_S(affinity->bytes, affinity->set);

	if (!count)
		return -1;
	i %= count;
	for (int cpu = 0; (size_t)cpu < 8 * affinity->bytes; cpu++)
		if (affinity_has(affinity, cpu) && i-- == 0)
			return cpu;
	return -1;
}

int affinity_nth(int i)
{
	struct affinity affinity;
	int cpu;

	if (affinity_take(&affinity))
		return -1;
	cpu = nth_of(&affinity, i);
	affinity_done(&affinity);
	return cpu;
}

int affinity_only(pid_t task)
{
	struct affinity affinity;
	int cpu = -1;

	if (take_of(task, &affinity))
		return -1;
	if (CPU_COUNT_S(affinity.bytes, affinity.set) == 1)
		cpu = nth_of(&affinity, 0);
	affinity_done(&affinity);
	return cpu;
}

int affinity_count(void)
{
	struct affinity affinity;
	int count;

	if (affinity_take(&affinity))
		return 1;
	count = CPU_COUNT_S(affinity.bytes, affinity.set);
	affinity_done(&affinity);
	return count > 0 ? count : 1;
}
