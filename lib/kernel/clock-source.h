/* SPDX-License-Identifier: MIT */
/*
 * kernel/clock-source - which ways to read the CPU's counter work here.
 *
 * An instruction that the CPU hides may trap (under valgrind and emulators), or execute and give
 * garbage (in virtual machines).  So RDTSCP is used only where CPUID shows it, and where the CPU
 * number that comes with it is that of the kernel.  Without it, LFENCE; RDTSC; LFENCE reads the
 * counter, and getcpu(2) the CPU.
 */
#ifndef HANDOFF_CLOCK_SOURCE_H
#define HANDOFF_CLOCK_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/clock.h"

/* What CPUID says of a leaf: EAX, EBX, ECX, EDX. */
typedef void clock_cpuid(uint32_t leaf, uint32_t ret[4]);

/* The instruction itself; zeros on other architectures. */
void clock_ask_cpuid(uint32_t leaf, uint32_t ret[4]);

/* Whether the CPU shows RDTSCP: leaf 0x80000001, EDX, bit 27. */
bool clock_has_rdtscp(clock_cpuid *cpuid);

/* Whether the kernel lets this process execute RDTSC (prctl(2), PR_SET_TSC). */
bool clock_may_read_counter(void);

/* The best source that reads the counter here; CLOCK_GETTIME: there is none. */
enum clock_source clock_counter_source(clock_cpuid *cpuid);

/* Whether this source, of a number that somebody else has told us, can be used here. */
bool clock_source_works(int source);

#endif
