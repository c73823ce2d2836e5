/* SPDX-License-Identifier: MIT */
/*
 * measure/clock-mark - marks one moment by several clocks, so that one that goes wrong is seen.
 *
 * The clock that is measured by, libc's CLOCK_MONOTONIC_RAW, and the kernel's own by system
 * calls that no library comes between: CLOCK_MONOTONIC_RAW before and behind the rest, and
 * CLOCK_BOOTTIME.  Between two marks all must have gone on by the same time, less what the
 * machine slept.
 */
#ifndef HANDOFF_CLOCK_MARK_H
#define HANDOFF_CLOCK_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/clock.h"

#define CLOCK_MARK_REASON_BYTES 160

struct clock_mark {
	uint64_t kernel_ns[2];     /* CLOCK_MONOTONIC_RAW; 0: there is no mark */
	uint64_t boot_ns;          /* CLOCK_BOOTTIME */
	uint64_t monotonic_ns;     /* CLOCK_MONOTONIC: the same, but while the machine sleeps */
	uint64_t libc_ns;          /* CLOCK_MONOTONIC_RAW by libc */
	uint64_t ticks;            /* of the clock that is measured by */
};

/* 0 or -errno: the kernel does not tell the time. */
int clock_mark(enum clock_source source, struct clock_mark *ret);

/* For how long the machine was suspended from begin to end: no clock but CLOCK_BOOTTIME counts that.  Pure. */
double clock_marks_asleep_ns(const struct clock_mark *begin, const struct clock_mark *end);

/*
 * Whether the clocks agree on how long it was from begin to end; if not, which two do not, with
 * both figures (CLOCK_MARK_REASON_BYTES).  Pure.  An interruption between the looks of a mark
 * is allowed for, and that somebody corrects CLOCK_BOOTTIME by up to a tenth.
 */
bool clock_marks_agree(const struct clock_mark *begin, const struct clock_mark *end,
		       double ns_per_tick, char *ret_reason);

#endif
