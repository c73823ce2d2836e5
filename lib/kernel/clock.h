/* SPDX-License-Identifier: MIT */
/*
 * kernel/clock - ticks of the cheapest trustworthy clock, and their length.
 *
 * CLOCK_TICKS reads the CPU's counter (x86 TSC, arm64 virtual counter), and so
 * does CLOCK_RDTSCP, by an instruction that only some CPUs have: kernel/clock-source.h
 * must be asked first.  CLOCK_GETTIME reads CLOCK_MONOTONIC_RAW, one tick being
 * 1 ns.  The supervisor chooses (host/clock-ladder.h), the worker is told.
 *
 * A timed region is clock_start() ... clock_stop(): the first lets nothing of
 * the region begin early, the second lets nothing of what follows begin before
 * the region is done (Intel SDM, RDTSC and RDTSCP; the trailing LFENCE holds
 * back later instructions).  CPUID would serialise too, but traps in virtual
 * machines and costs microseconds there.
 *
 * Everything here is inline, touches no thread-local storage and is not
 * instrumented by sanitizers, so that a child that shares its parent's memory
 * and thread-local storage may call it.
 */
#ifndef HANDOFF_CLOCK_H
#define HANDOFF_CLOCK_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernel/cpu-number.h"
#include "kernel/raw-syscall.h"

enum clock_source { CLOCK_GETTIME = 0, CLOCK_TICKS = 1, CLOCK_RDTSCP = 2 };

struct clock {
	enum clock_source source;
	double ns_per_tick;
};

#if defined(__x86_64__)
#define CLOCK_HAS_TICKS 1
#define CLOCK_TICKS_NAME "tsc"
#elif defined(__aarch64__)
#define CLOCK_HAS_TICKS 1
#define CLOCK_TICKS_NAME "cntvct"
#else
#define CLOCK_HAS_TICKS 0
#define CLOCK_TICKS_NAME "none"
#endif

/* Whether ticks are those of the CPU's counter. */
static inline int clock_is_counter(enum clock_source source)
{
	return source != CLOCK_GETTIME;
}

/* CLOCK_MONOTONIC_RAW in ns; cannot fail on a kernel that has the clock. */
UNINSTRUMENTED static inline uint64_t clock_raw_ns(void)
{
	struct timespec now = { 0, 0 };

	if (IS_SANITIZED)
		raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC_RAW, (long)&now, 0, 0, 0, 0);
	else
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

UNINSTRUMENTED static inline uint64_t clock_start(enum clock_source source)
{
#if defined(__x86_64__)
	if (clock_is_counter(source)) {
		uint32_t low, high;

		__asm__ volatile("lfence\n\trdtsc\n\tlfence"
				 : "=a"(low), "=d"(high) : : "memory");
		return (uint64_t)high << 32 | low;
	}
#elif defined(__aarch64__)
	if (clock_is_counter(source)) {
		uint64_t ticks;

		__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb"
				 : "=r"(ticks) : : "memory");
		return ticks;
	}
#endif
	(void)source;
	return clock_raw_ns();
}

UNINSTRUMENTED static inline uint64_t clock_stop(enum clock_source source)
{
#if defined(__x86_64__)
	if (source == CLOCK_RDTSCP) {
		uint32_t low, high, aux;

		__asm__ volatile("rdtscp\n\tlfence"
				 : "=a"(low), "=d"(high), "=c"(aux) : : "memory");
		return (uint64_t)high << 32 | low;
	}
#endif
	return clock_start(source);
}

/* The CPU that executes this: by RDTSCP, else as kernel/cpu-number.h has it. */
UNINSTRUMENTED static inline int clock_cpu(enum clock_source source)
{
#if defined(__x86_64__)
	if (source == CLOCK_RDTSCP) {
		uint32_t low, high, cpu;

		/* Linux keeps the CPU in the low 12 bits of IA32_TSC_AUX. */
		__asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(cpu));
		return (int)(cpu & 0xfff);
	}
#endif
	(void)source;
	return cpu_number();
}

/*
 * The same two for a process that has just been copied (fork): it has none of the
 * pages of libc's code, of the vDSO and of its data, and each would be a fault, which
 * costs more than a system call.
 */
UNINSTRUMENTED static inline uint64_t clock_start_of_copy(enum clock_source source)
{
	struct timespec now = { 0, 0 };

	if (clock_is_counter(source))
		return clock_start(source);
	raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC_RAW, (long)&now, 0, 0, 0, 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

UNINSTRUMENTED static inline int clock_cpu_of_copy(enum clock_source source)
{
	return source == CLOCK_RDTSCP ? clock_cpu(source) : cpu_number_of_copy();
}

#endif
