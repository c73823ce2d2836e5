/* SPDX-License-Identifier: MIT */
/*
 * host/clock-rungs - what others say of the counter's rate, in Hz; 0: they are silent.
 */
#ifndef HANDOFF_CLOCK_RUNGS_H
#define HANDOFF_CLOCK_RUNGS_H

double clock_rung_perf(void);
double clock_rung_cpuid(void);
double clock_rung_hypervisor(void);

/* Of CLOCK_MONOTONIC_RAW, in ns. */
double clock_rung_resolution(void);

#endif
