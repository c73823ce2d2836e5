/* SPDX-License-Identifier: MIT */
/*
 * measure/clock-skew - how far the counters of two CPUs may lie apart.
 *
 * Two threads on the two CPUs pass a time stamp back and forth through memory.
 * Returns the least difference seen either way, in ticks: both positive when
 * the counters are in step.  0 or -errno (a CPU that may not be used); creates
 * two threads and joins them; takes about 1 ms, and 100 ms at the most.
 */
#ifndef HANDOFF_CLOCK_SKEW_H
#define HANDOFF_CLOCK_SKEW_H

#include <stdint.h>

int clock_skew_measure(int cpu_a, int cpu_b, int64_t *ret_there, int64_t *ret_back);

#endif
