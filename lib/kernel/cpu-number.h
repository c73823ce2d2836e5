/* SPDX-License-Identifier: MIT */
/*
 * kernel/cpu-number - the CPU that executes this, without a system call where that can be.
 *
 * Two ways, by whose memory the caller runs in.  Both are inline, are not
 * instrumented, and write no thread-local storage.
 */
#ifndef HANDOFF_CPU_NUMBER_H
#define HANDOFF_CPU_NUMBER_H

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "kernel/raw-syscall.h"

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
#include <sys/rseq.h>
#define CPU_NUMBER_HAS_RSEQ 1
#else
#define CPU_NUMBER_HAS_RSEQ 0
#endif

UNINSTRUMENTED static inline int cpu_number_by_call(void)
{
	unsigned int cpu = 0;

	raw_syscall(SYS_getcpu, (long)&cpu, 0, 0, 0, 0, 0);
	return (int)cpu;
}

/*
 * Any task, also one that has its creator's thread-local storage: by the vDSO.
 * Not sched_getcpu(3), which asks that storage where glibc can.
 */
UNINSTRUMENTED static inline int cpu_number(void)
{
	unsigned int cpu = 0;

	if (IS_SANITIZED)
		return cpu_number_by_call();
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 29)
	return getcpu(&cpu, NULL) ? cpu_number_by_call() : (int)cpu;
#else
	(void)cpu;
	return sched_getcpu();
#endif
}

/*
 * A process that has just been copied: by the restartable sequence that libc has
 * registered, which the kernel keeps up to date and the copy inherits.  The vDSO would
 * have to be faulted in.  Wrong in a task that shares memory with its creator.
 */
UNINSTRUMENTED static inline int cpu_number_of_copy(void)
{
#if CPU_NUMBER_HAS_RSEQ
	const volatile struct rseq *own =
		(const void *)((const char *)__builtin_thread_pointer() + __rseq_offset);
	int32_t cpu = __rseq_size ? (int32_t)own->cpu_id : -1;

	if (cpu >= 0)
		return cpu;
#endif
	return cpu_number_by_call();
}

#endif
