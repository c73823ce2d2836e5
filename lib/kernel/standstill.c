/* SPDX-License-Identifier: MIT */
#include "kernel/standstill.h"

#include <time.h>

static int64_t clock_ns(clockid_t id)
{
	struct timespec now = { 0, 0 };

	clock_gettime(id, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Since boot. */
static uint64_t asleep_ns(void)
{
	int64_t monotonic = clock_ns(CLOCK_MONOTONIC), boot = clock_ns(CLOCK_BOOTTIME);

	return boot > monotonic ? (uint64_t)(boot - monotonic) : 0;
}

void standstill_begin(uint64_t now_ns, struct standstill *ret)
{
	*ret = (struct standstill){ .last_ns = now_ns, .asleep_ns = asleep_ns() };
}

uint64_t standstill_look(struct standstill *standstill, uint64_t now_ns, uint64_t allowed_ns)
{
	uint64_t took = now_ns > standstill->last_ns ? now_ns - standstill->last_ns : 0;
	uint64_t lost = took > allowed_ns ? took - allowed_ns : 0;

	standstill->last_ns = now_ns;
	if (lost < STANDSTILL_LEAST_NS)
		return 0;
	standstill->lost_ns += lost;
	standstill->count++;
	return lost;
}

uint64_t standstill_asleep_ns(const struct standstill *standstill)
{
	uint64_t now = asleep_ns();

	return now > standstill->asleep_ns ? now - standstill->asleep_ns : 0;
}
