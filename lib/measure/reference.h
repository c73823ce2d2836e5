/* SPDX-License-Identifier: MIT */
/*
 * measure/reference - times a fixed mix of kernel work, by which the host's speed is known.
 *
 * A shared host may be slower for some seconds where no chain of instructions shows it: in
 * page tables, in exits from a virtual machine, in caches.  So what is timed is work of the
 * kernel's, the same in every round of every run.  A mix has four parts:
 *
 *   syscall   system calls that do nothing (getppid)
 *   fault     pages that are mapped, touched for the first time and unmapped again
 *   switch    round trips by a pipe to a process on the same CPU: two switches each
 *   fork      a process that ends at once, and is waited for
 *
 * It is done three times, in some 250 us altogether, 1 ms where page tables are dear.  Of each
 * part the shortest counts: an interruption only ever adds.
 *
 * Every call is checked.  A part of which one call has failed is missing, with the error: it
 * is never a fast one.  For a worker of its own, pinned to one CPU, with one thread, that
 * ignores SIGPIPE.  Nothing is left behind: no process, no descriptor, no mapping.
 */
#ifndef HANDOFF_MEASURE_REFERENCE_H
#define HANDOFF_MEASURE_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/clock.h"
#include "measure/round.h"

enum reference_part {
	REFERENCE_SYSCALL, REFERENCE_FAULT, REFERENCE_SWITCH, REFERENCE_FORK, REFERENCE_PARTS
};

/* Times that the mix is done. */
#define REFERENCE_MIXES 3

struct reference {
	struct reference_time {
		uint64_t ticks;        /* of one mix, the shortest */
		/* In all mixes, as they were seen: answered, counted by the kernel, returned,
		 * reaped. */
		uint64_t done;
		int error;             /* 0; or -errno: the part is missing */
	} parts[REFERENCE_PARTS];
	uint64_t window_ticks;         /* from the first call to the last */
};

/* "syscall", as the series of a round and a field of records is called */
const char *reference_part_name(enum reference_part part);

/* What `done` must be, and for faults may be exceeded. */
uint64_t reference_operations(enum reference_part part);

void reference_take(enum clock_source source, struct reference *ret);

/*
 * As a round: a series for each part that there is, ticks an operation, with its proof; and
 * in step and reason what is missing and why.  Without any part it is a failed round, or a
 * skip where something was refused.
 */
void reference_tell(const struct reference *reference, struct round *round);

#endif
