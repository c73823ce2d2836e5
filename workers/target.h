/* SPDX-License-Identifier: MIT */
/*
 * target - what the executed programs do: say when they ran.
 *
 *	target DESCRIPTOR OFFSET t|p|g [GATE]
 *
 * Three uint64 are written to DESCRIPTOR at OFFSET: the time of the first
 * instruction, of the last look at the clock, and the CPU, plus one.  Times are
 * CPU ticks for "t", and for "p", where RDTSCP may be used; nanoseconds of
 * CLOCK_MONOTONIC_RAW for "g".  With a GATE they are written at once with no last look, and again when a byte or the end
 * of file has come from there.  Without
 * arguments nothing is written.  Nothing here needs libc.
 */
#ifndef HANDOFF_TARGET_H
#define HANDOFF_TARGET_H

#include <stdint.h>
#include <sys/syscall.h>

#include "kernel/raw-syscall.h"

static inline uint64_t target_ticks(void)
{
#if defined(__x86_64__)
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
	return ticks;
#else
	return 0;
#endif
}

/* As clock_cpu() of lib/kernel/clock.h does it, and for the same reason. */
static inline uint64_t target_cpu(int has_rdtscp)
{
	unsigned int cpu = 0;

#if defined(__x86_64__)
	uint32_t low, high;

	if (has_rdtscp) {
		__asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(cpu));
		return (cpu & 0xfff) + 1;
	}
#endif
	(void)has_rdtscp;
	raw_syscall(SYS_getcpu, (long)&cpu, 0, 0, 0, 0, 0);
	return (uint64_t)cpu + 1;
}

/* A decimal number, or -1. */
static inline long target_number(const char *text)
{
	long number = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || number > (INT64_MAX - 9) / 10)
			return -1;
		number = number * 10 + (*text - '0');
	}
	return number;
}

static inline int target_report(long descriptor, long offset, uint64_t first, uint64_t last,
				uint64_t cpu)
{
	uint64_t words[3] = { first, last, cpu };
	long written = raw_syscall(SYS_pwrite64, descriptor, (long)words, sizeof(words), offset, 0, 0);

	return written == sizeof(words) ? 0 : 1;
}

static inline int target_wait(long gate)
{
	char byte;
	long got;

	do
		got = raw_syscall(SYS_read, gate, (long)&byte, 1, 0, 0, 0);
	while (got == -EINTR);
	return got < 0;
}

/* The exit status.  ticks: read at the first instruction; raw_ns: the other clock. */
static inline int target_run(int count, char *const arguments[], uint64_t ticks,
			     uint64_t (*raw_ns)(void))
{
	long descriptor, offset, gate = -1;
	uint64_t cpu;
	int is_raw;

	if (count < 2)
		return 0;
	if (count < 4 || count > 5)
		return 1;
	is_raw = arguments[3][0] == 'g';
	if (is_raw)
		ticks = raw_ns();
	cpu = target_cpu(arguments[3][0] == 'p');
	descriptor = target_number(arguments[1]);
	offset = target_number(arguments[2]);
	if (descriptor < 0 || offset < 0)
		return 1;
	if (count == 5) {
		gate = target_number(arguments[4]);
		if (gate < 0 || target_report(descriptor, offset, ticks, 0, cpu) || target_wait(gate))
			return 1;
	}
	return target_report(descriptor, offset, ticks, is_raw ? raw_ns() : target_ticks(), cpu);
}

#endif
