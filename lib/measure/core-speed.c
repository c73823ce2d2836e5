/* SPDX-License-Identifier: MIT */
#include "measure/core-speed.h"

#define CHAIN 8192
#define CYCLES_EACH 3

double core_speed_per_tick(enum clock_source source)
{
#if defined(__x86_64__)
	uint64_t best = UINT64_MAX;

	/* The shortest of three: an interrupt only ever adds. */
	for (int attempt = 0; attempt < 3; attempt++) {
		uint64_t value = 3, begin = clock_start(source), ticks;

		for (int i = 0; i < CHAIN / 8; i++)
			__asm__ volatile("imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0\n\t"
					 "imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0"
					 : "+r"(value));
		ticks = clock_stop(source) - begin;
		best = ticks < best ? ticks : best;
	}
	return best ? (double)CHAIN * CYCLES_EACH / (double)best : 0;
#else
	(void)source;
	return 0;
#endif
}
