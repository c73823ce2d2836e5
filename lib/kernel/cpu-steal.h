/* SPDX-License-Identifier: MIT */
/*
 * kernel/cpu-steal - time that the hypervisor gave to others while a CPU of ours had work.
 *
 * Since boot, in steps of a clock tick (10 ms), as /proc/stat has it, which takes 0.1 to 1 ms:
 * not for within a measured window.  A machine that has not been stolen from cannot be told from
 * one whose hypervisor does not say: both are "not known", -1.
 */
#ifndef HANDOFF_CPU_STEAL_H
#define HANDOFF_CPU_STEAL_H

/* One step, in ns. */
double cpu_steal_step_ns(void);

/* Of the two CPUs, once if they are the same; of all where one is -1.  root as in kernel/sysfile.h. */
double cpu_steal_ns(const char *root, int cpu_a, int cpu_b);

#endif
