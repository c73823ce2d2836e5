/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/task-census - adds up what the kernel has counted of many tasks.
 *
 * For the edges of a measured window, while the tasks sleep: four files of /proc
 * each (some 50 us).  A sum is -1 where one of its parts cannot be read.
 */
#ifndef HANDOFF_TASK_CENSUS_H
#define HANDOFF_TASK_CENSUS_H

#include <stdbool.h>
#include <sys/types.h>

#include "kernel/task-usage.h"

struct task_census {
	struct task_usage usage;   /* summed up, of all of them; its look is our own */
	double switches;           /* voluntary and not */
	double migrations;
	double cpu_ns;
	double on_cpu;             /* tasks that run or ran last on the CPU asked for */
};

/* Adds a thread of this process, or the only thread of another. */
void task_census_add(struct task_census *census, pid_t tid, bool is_process, int cpu);

/* Adds the calling thread, before the window or behind it. */
void task_census_add_own(struct task_census *census, bool is_behind, int cpu);

/* after - before, or -1. */
double task_census_grown(double before, double after);

#endif
