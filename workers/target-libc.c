/* SPDX-License-Identifier: MIT */
/* target-libc: the program executed, with a main() of libc's; built static and dynamic. */
#include <time.h>

#include "target.h"

static uint64_t raw_ns(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int argc, char *argv[])
{
	uint64_t ticks = target_ticks();

	return target_run(argc, argv, ticks, raw_ns);
}
