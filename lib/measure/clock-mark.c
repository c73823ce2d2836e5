/* SPDX-License-Identifier: MIT */
#include "measure/clock-mark.h"

#include <stdio.h>
#include <string.h>

#include "kernel/raw-syscall.h"

/* A mark whose looks took longer was interrupted: once more, and the shortest is kept. */
#define LOOKS_NS_MOST 20000
#define LOOKS_MOST 5
/* Clocks that nobody corrects; one that may be. */
#define RATE_SHARE 0.01
#define BOOT_SHARE 0.1
/* What clocks may differ by in any case: the step of a coarse one. */
#define SLACK_NS 50000.0

static int kernel_ns(clockid_t clock, uint64_t *ret)
{
	struct timespec now = { 0, 0 };
	long error = raw_syscall(SYS_clock_gettime, clock, (long)&now, 0, 0, 0, 0);

	*ret = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	return (int)error;
}

static int look(enum clock_source source, struct clock_mark *ret)
{
	int error = kernel_ns(CLOCK_MONOTONIC_RAW, &ret->kernel_ns[0]);

	if (!error)
		error = kernel_ns(CLOCK_BOOTTIME, &ret->boot_ns);
	if (!error)
		error = kernel_ns(CLOCK_MONOTONIC, &ret->monotonic_ns);
	ret->libc_ns = clock_raw_ns();
	ret->ticks = clock_start(source);
	return error ? error : kernel_ns(CLOCK_MONOTONIC_RAW, &ret->kernel_ns[1]);
}

static uint64_t length_of(const struct clock_mark *mark)
{
	return mark->kernel_ns[1] - mark->kernel_ns[0];
}

int clock_mark(enum clock_source source, struct clock_mark *ret)
{
	struct clock_mark mark;
	int error = look(source, ret);

	for (int i = 1; i < LOOKS_MOST && !error && length_of(ret) > LOOKS_NS_MOST; i++) {
		error = look(source, &mark);
		if (length_of(&mark) < length_of(ret))
			*ret = mark;
	}
	if (error)
		memset(ret, 0, sizeof(*ret));
	return error;
}

/* By the kernel's clock between low and high; by this one so much. */
static bool agrees(double told_ns, double low_ns, double high_ns, double share)
{
	return told_ns >= low_ns * (1 - share) - SLACK_NS && told_ns <= high_ns * (1 + share) + SLACK_NS;
}

static double difference(uint64_t before, uint64_t after)
{
	return after >= before ? (double)(after - before) : -(double)(before - after);
}

/* An interruption between the looks of a mark is no sleep. */
double clock_marks_asleep_ns(const struct clock_mark *begin, const struct clock_mark *end)
{
	double asleep = difference(begin->boot_ns, end->boot_ns) -
			difference(begin->monotonic_ns, end->monotonic_ns);
	double unsure = (double)(length_of(begin) + length_of(end)) + SLACK_NS;

	return asleep > unsure ? asleep : 0;
}

bool clock_marks_agree(const struct clock_mark *begin, const struct clock_mark *end,
		       double ns_per_tick, char *ret_reason)
{
	double low = difference(begin->kernel_ns[1], end->kernel_ns[0]);
	double high = difference(begin->kernel_ns[0], end->kernel_ns[1]);
	const struct { const char *name; double ns, share; } clocks[] = {
		{ "the clock that is measured by",
		  difference(begin->ticks, end->ticks) * ns_per_tick, RATE_SHARE },
		{ "libc's clock", difference(begin->libc_ns, end->libc_ns), RATE_SHARE },
		{ "CLOCK_BOOTTIME", difference(begin->boot_ns, end->boot_ns) -
		  clock_marks_asleep_ns(begin, end), BOOT_SHARE },
	};

	if (!begin->kernel_ns[0] || !end->kernel_ns[0]) {
		snprintf(ret_reason, CLOCK_MARK_REASON_BYTES, "it does not say when it was");
		return false;
	}
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!agrees(clocks[i].ns, low, high, clocks[i].share)) {
			snprintf(ret_reason, CLOCK_MARK_REASON_BYTES, "%s went on by %.3f ms, the "
				 "kernel's by %.3f ms", clocks[i].name, clocks[i].ns / 1e6, high / 1e6);
			return false;
		}
	return true;
}
