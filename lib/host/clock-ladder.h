/* SPDX-License-Identifier: MIT */
/*
 * host/clock-ladder - decides whether the CPU's counter may be believed, and how fast it runs.
 *
 * The supervisor's part of the clock.  clock_ladder_start() looks at what the
 * kernel says of the counter, takes the first anchor and chooses the source;
 * clock_ladder_finish() takes the last anchor: over the run as baseline the
 * rate is good to well below 1 ppm.  Rungs, all kept:
 *   perf        time_mult/time_shift of a perf event's page (perf_event_open(2))
 *   cpuid       CPUID leaf 0x15 (Intel SDM): crystal x ratio
 *   hypervisor  leaf 0x40000010: kHz (VMware, KVM)
 *   anchors     counter against CLOCK_MONOTONIC_RAW, at both ends of the run
 * A rung that disagrees with the anchors by more than 100 ppm makes
 * clock_gettime(2) the source; so does a counter that is not the kernel's own
 * clock source, not constant, or not in step between CPUs; and so does
 * HANDOFF_CLOCK=gettime in the environment.
 */
#ifndef HANDOFF_CLOCK_LADDER_H
#define HANDOFF_CLOCK_LADDER_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/clock.h"

struct clock_anchor {
	uint64_t ticks, raw_ns, bracket_ticks;
};

struct clock_ladder {
	struct clock clock;            /* the choice; ns_per_tick of the moment */
	struct clock_anchor first, last;
	double perf_hz, cpuid_hz, hypervisor_hz;   /* 0: this rung is missing */
	double anchors_hz;
	double error_ppm;              /* of the anchors, at most */
	double overhead_ns, resolution_ns;
	double skew_ns;                /* between CPUs, at most; -1: not looked at */
	char reason[128];              /* why not the counter; "" if it is */
};

/* Takes 25 ms.  cpus: where tasks may sit, for the skew check; none: no check. */
void clock_ladder_start(const char *root, const int *cpus, size_t cpu_count,
			struct clock_ladder *ret);

/* Takes the last anchor and sharpens ns_per_tick. */
void clock_ladder_finish(struct clock_ladder *ladder);

/* Rate from two anchors in Hz and its error bound; pure. */
double clock_anchor_rate(const struct clock_anchor *from, const struct clock_anchor *to,
			 double *ret_error_ppm);

/* Whether a rung agrees within 100 ppm; a missing one (0) does. Pure. */
bool clock_rung_agrees(double rung_hz, double anchors_hz);

/*
 * The counters' offset lies within [-min d(B->A), min d(A->B)] for messages
 * exchanged both ways: synchronised unless 0 lies outside.  Pure.
 */
bool clock_skew_excludes_zero(int64_t least_there, int64_t least_back);

#endif
