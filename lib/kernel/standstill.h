/* SPDX-License-Identifier: MIT */
/*
 * kernel/standstill - time in which this process was not let run: stopped (SIGSTOP, Ctrl-Z),
 * in a frozen control group, on a machine that was paused or asleep.
 *
 * Nobody tells a process that it stood still: its clock has just moved on.  So it looks at
 * the clock around all that it does and waits for, and says how long that may take; what is
 * far above was not its own.  Pure but for begin(), which reads clocks.  Times are in ns.
 */
#ifndef HANDOFF_STANDSTILL_H
#define HANDOFF_STANDSTILL_H

#include <stdint.h>

/* A busy machine lets a task wait for less than this. */
#define STANDSTILL_LEAST_NS UINT64_C(500000000)

struct standstill {
	uint64_t last_ns;              /* the last look */
	uint64_t lost_ns;              /* in all */
	uint32_t count;
	uint64_t asleep_ns;            /* of the machine, when it began */
};

/* now_ns: of whichever clock the looks are. */
void standstill_begin(uint64_t now_ns, struct standstill *ret);

/*
 * At now, after something that takes allowed_ns at most.  How long it stood still meanwhile,
 * which has been added up, too; 0 mostly.
 */
uint64_t standstill_look(struct standstill *standstill, uint64_t now_ns, uint64_t allowed_ns);

/* For how long the machine has been suspended since it began; no other clock counts that. */
uint64_t standstill_asleep_ns(const struct standstill *standstill);

#endif
