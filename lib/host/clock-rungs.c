/* SPDX-License-Identifier: MIT */
#include "host/clock-rungs.h"

#include <linux/perf_event.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

double clock_rung_perf(void)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_DUMMY,
		.exclude_kernel = 1,
	};
	long page_bytes = sysconf(_SC_PAGESIZE);
	struct perf_event_mmap_page *page;
	double hz = 0;
	int fd = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd == -1)
		return 0;
	page = mmap(NULL, (size_t)page_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED) {
		if (page->cap_user_time && page->time_mult)
			hz = 1e9 * (double)(1ull << page->time_shift) / page->time_mult;
		munmap(page, (size_t)page_bytes);
	}
	close(fd);
	return hz;
}

double clock_rung_cpuid(void)
{
#if defined(__x86_64__)
	unsigned int denominator, numerator, crystal_hz, unused;

	if (__get_cpuid_max(0, NULL) >= 0x15) {
		__cpuid(0x15, denominator, numerator, crystal_hz, unused);
		if (denominator && numerator && crystal_hz)
			return (double)crystal_hz * numerator / denominator;
	}
	(void)unused;
#endif
	return 0;
}

double clock_rung_hypervisor(void)
{
#if defined(__x86_64__)
	unsigned int a, b, c, d;

	__cpuid(1, a, b, c, d);
	if (!(c & (1u << 31)))
		return 0;
	__cpuid(0x40000000, a, b, c, d);
	if (a < 0x40000010)
		return 0;
	__cpuid(0x40000010, a, b, c, d);
	(void)b, (void)d;
	return 1e3 * a;
#else
	return 0;
#endif
}

double clock_rung_resolution(void)
{
	struct timespec resolution = { 0, 1 };

	clock_getres(CLOCK_MONOTONIC_RAW, &resolution);
	return (double)resolution.tv_sec * 1e9 + (double)resolution.tv_nsec;
}
