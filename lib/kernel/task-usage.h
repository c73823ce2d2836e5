/* SPDX-License-Identifier: MIT */
/*
 * kernel/task-usage - reads what the kernel has counted of one task.
 *
 * For the edges of a measured window: a look at another task reads four files
 * of /proc (10 to 100 us).  What cannot be read is -1, as most is where /proc
 * shows another PID namespace (kernel/proc-task.h).
 */
#ifndef HANDOFF_TASK_USAGE_H
#define HANDOFF_TASK_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct task_usage {
	double nvcsw, nivcsw;      /* switches, voluntary and not */
	double cpu_ns, minflt;
	double migrations;
	double run_delay_ns;       /* it could have run, but others had the CPU */
	int cpu;                   /* where it runs or ran last */
	uint64_t at_ns;            /* CLOCK_MONOTONIC_RAW of this look */
};

/* Nothing is known. */
void task_usage_init(struct task_usage *ret);

/*
 * Of the calling thread, before a window or behind it.  CPU time, switches and faults
 * are read next to the window: reading the others costs some of each, and on a slow
 * machine more than a short window.
 */
void task_usage_own(bool is_behind, struct task_usage *ret);

/* Of a thread of this process, or of the only thread of another. */
void task_usage_other(pid_t tid, bool is_process, struct task_usage *ret);

/* The run delay alone, of the calling thread (tid 0) or of such a task; -1: not known. */
double task_run_delay_ns(pid_t tid, bool is_process);

/*
 * The steps in which CPU time goes on, as they are seen: a kernel may have a clock of ticks and
 * call it one of nanoseconds.  Looked at once in a process, which takes 30 ms at most.
 */
double task_cpu_step_ns(void);

#endif
