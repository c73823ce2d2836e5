/* SPDX-License-Identifier: MIT */
#include "kernel/clock-source.h"

#include <sys/prctl.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define LEAF_EXTENDED_MOST 0x80000000u
#define LEAF_EXTENDED_FEATURES 0x80000001u
#define RDTSCP_BIT 27
/* Looks until we have not been moved between two others. */
#define CPU_LOOKS 100

void clock_ask_cpuid(uint32_t leaf, uint32_t ret[4])
{
	ret[0] = ret[1] = ret[2] = ret[3] = 0;
#if defined(__x86_64__)
	__cpuid_count(leaf, 0, ret[0], ret[1], ret[2], ret[3]);
#else
	(void)leaf;
#endif
}

bool clock_has_rdtscp(clock_cpuid *cpuid)
{
	uint32_t words[4];

	/* A leaf above the highest gives what another one has. */
	cpuid(LEAF_EXTENDED_MOST, words);
	if (words[0] < LEAF_EXTENDED_FEATURES)
		return false;
	cpuid(LEAF_EXTENDED_FEATURES, words);
	return words[3] >> RDTSCP_BIT & 1;
}

bool clock_may_read_counter(void)
{
	int state = PR_TSC_ENABLE;

	return prctl(PR_GET_TSC, &state, 0, 0, 0) || state != PR_TSC_SIGSEGV;
}

/* Linux writes the CPU where RDTSCP reads it; a hypervisor may not keep it. */
static bool tells_rdtscp_the_cpu(void)
{
	for (int i = 0; i < CPU_LOOKS; i++) {
		int before = clock_cpu(CLOCK_GETTIME), told = clock_cpu(CLOCK_RDTSCP);

		if (clock_cpu(CLOCK_GETTIME) == before)
			return told == before;
	}
	return false;
}

enum clock_source clock_counter_source(clock_cpuid *cpuid)
{
	if (!CLOCK_HAS_TICKS || !clock_may_read_counter())
		return CLOCK_GETTIME;
	return clock_has_rdtscp(cpuid) && tells_rdtscp_the_cpu() ? CLOCK_RDTSCP : CLOCK_TICKS;
}

bool clock_source_works(int source)
{
	switch (source) {
	case CLOCK_GETTIME:
		return true;
	case CLOCK_TICKS:
		return CLOCK_HAS_TICKS && clock_may_read_counter();
	case CLOCK_RDTSCP:
		return clock_may_read_counter() && clock_has_rdtscp(clock_ask_cpuid);
	default:
		return false;
	}
}
