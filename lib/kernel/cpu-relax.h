/* SPDX-License-Identifier: MIT */
/* kernel/cpu-relax - tells the CPU that this is a loop that waits for somebody else's store. */
#ifndef HANDOFF_CPU_RELAX_H
#define HANDOFF_CPU_RELAX_H

static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

#endif
