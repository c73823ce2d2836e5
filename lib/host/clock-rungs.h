/* SPDX-License-Identifier: MIT */
/*
 * host/clock-rungs - asks perf, CPUID and the hypervisor for the counter's rate, in Hz; 0: not told.
 */
#ifndef HANDOFF_CLOCK_RUNGS_H
#define HANDOFF_CLOCK_RUNGS_H

double clock_rung_perf(void);
double clock_rung_cpuid(void);
double clock_rung_hypervisor(void);

/* Of CLOCK_MONOTONIC_RAW, in ns. */
double clock_rung_resolution(void);

#endif
