/* SPDX-License-Identifier: MIT */
/*
 * measure/lost-time - tells the time of a window in which what should have run did not.
 *
 * Read at the window's edges, outside of what is timed: what the kernel has counted of the
 * measured tasks and, from the supervisor, when they were stopped.  Times are in ns.  What
 * cannot be read is -1, which is "not known" and never 0.  Which of it was lost is judged over
 * all rounds of a cell (results/lost-rounds.h).
 */
#ifndef HANDOFF_LOST_TIME_H
#define HANDOFF_LOST_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/task-usage.h"

struct lost_time {
	uint64_t begin_ns, end_ns;     /* the edges, CLOCK_MONOTONIC_RAW; 0: none were read */
	double cpu_ns;                 /* CPU time of all measured tasks */
	double run_delay_ns;           /* they could have run, but others had the CPU */
	double involuntary;            /* switches: the CPU was taken from them */
	double steal_ns;               /* by the hypervisor, of their CPUs; in clock ticks */
	double stopped_ns;             /* by a signal, a freezer, a pause: the supervisor's word */
	double stops;                  /* by a signal; likewise */
	uint32_t cpus;                 /* that only these tasks use; 0: not known, or others do */
	uint8_t is_whole;              /* run_delay_ns is of all of them, not of some */
	uint8_t is_busy;               /* one of them always has work: their CPU is never idle */
	uint8_t is_crowded;            /* they are more than the CPUs: they wait for each other, too */
	uint8_t unused;
};

/* Nothing is known. */
void lost_time_init(struct lost_time *ret);

/*
 * Adds one task, or a sum of several, as it was at both edges.  The first is the one that
 * measures: its looks are the edges.
 */
void lost_time_add(struct lost_time *lost, const struct task_usage *before,
		   const struct task_usage *after);

/* Adds what others lost in the same window, begun and ended about then. */
void lost_time_merge(struct lost_time *lost, const struct lost_time *other);

/* What two looks at a counter (kernel/cpu-steal.h) make; before may be the first not known. */
double lost_time_steal(double before_ns, double after_ns);

/* CPUs of a seat: 1 or 2; 0 where one of them is not given. */
uint32_t lost_time_cpus(int cpu_a, int cpu_b);

/* From edge to edge; -1: there are none. */
double lost_time_window_ns(const struct lost_time *lost);

/* Time of its CPUs in which none of these tasks ran; -1: not known. */
double lost_time_gap_ns(const struct lost_time *lost);

/* Whether each number is one, as a stranger may have sent it. */
bool lost_time_is_sane(const struct lost_time *lost);

#endif
