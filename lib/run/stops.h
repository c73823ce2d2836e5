/* SPDX-License-Identifier: MIT */
/*
 * run/stops - keeps when a worker was stopped, and tells how much of a window that was.
 *
 * Times are in ns of CLOCK_MONOTONIC_RAW.  Plain memory without pointers: it is sent as it
 * stands.  Pure.
 */
#ifndef HANDOFF_RUN_STOPS_H
#define HANDOFF_RUN_STOPS_H

#include <stdint.h>

#define STOPS_MOST 16

struct stop {
	uint64_t from_ns, to_ns;
};

struct stops {
	uint64_t count;                /* that are kept */
	struct stop list[STOPS_MOST];
};

/* What finds no place makes the last one longer. */
void stops_add(struct stops *stops, uint64_t from_ns, uint64_t to_ns);

/* Of the window from begin to end, in stops that are no longer than most_ns; *ret_count of them. */
double stops_within(const struct stops *stops, uint64_t begin_ns, uint64_t end_ns,
		    uint64_t most_ns, double *ret_count);

#endif
