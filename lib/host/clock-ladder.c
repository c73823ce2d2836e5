/* SPDX-License-Identifier: MIT */
#include "host/clock-ladder.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock-rungs.h"
#include "host/environment.h"
#include "kernel/clock-source.h"
#include "kernel/sysfile.h"
#include "measure/clock-skew.h"

#define AGREE_PPM 100
#define ANCHOR_TRIES 200
#define BASELINE_MS 25
#define OVERHEAD_TRIES 4096
#define SKEW_CPUS_MOST 8

static bool is_counter_readable(void)
{
	return CLOCK_HAS_TICKS && clock_may_read_counter();
}

static void take_anchor(struct clock_anchor *ret)
{
	ret->bracket_ticks = UINT64_MAX;
	for (int i = 0; i < ANCHOR_TRIES; i++) {
		uint64_t before = clock_stop(CLOCK_TICKS);
		uint64_t raw_ns = clock_raw_ns();
		uint64_t bracket = clock_stop(CLOCK_TICKS) - before;

		if (bracket >= ret->bracket_ticks)
			continue;
		ret->bracket_ticks = bracket;
		ret->ticks = before + bracket / 2;
		ret->raw_ns = raw_ns;
	}
}

double clock_anchor_rate(const struct clock_anchor *from, const struct clock_anchor *to,
			 double *ret_error_ppm)
{
	double ticks = (double)(to->ticks - from->ticks);
	double ns = (double)(to->raw_ns - from->raw_ns);

	*ret_error_ppm = 0;
	if (!(ticks > 0 && ns > 0))
		return 0;
	*ret_error_ppm = 1e6 * (double)(from->bracket_ticks + to->bracket_ticks) / 2 / ticks;
	return ticks / ns * 1e9;
}

bool clock_rung_agrees(double rung_hz, double anchors_hz)
{
	return rung_hz <= 0 || fabs(rung_hz / anchors_hz - 1) * 1e6 <= AGREE_PPM;
}

bool clock_skew_excludes_zero(int64_t least_there, int64_t least_back)
{
	return least_there < 0 || least_back < 0;
}

static bool refuse(struct clock_ladder *ladder, const char *reason)
{
	snprintf(ladder->reason, sizeof(ladder->reason), "%s", reason);
	return false;
}

/* So that what hosts without a counter measure can be tried on any host. */
static bool is_counter_unwanted(void)
{
	const char *wanted = secure_getenv("HANDOFF_CLOCK");

	return wanted && !strcmp(wanted, "gettime");
}

/* What the kernel says of the counter before we look at it ourselves. */
static bool is_counter_trusted(const char *root, struct clock_ladder *ladder)
{
	char text[4096] = "";

	if (!CLOCK_HAS_TICKS)
		return refuse(ladder, "no counter is known on this architecture");
	if (is_counter_unwanted())
		return refuse(ladder, "HANDOFF_CLOCK asks for clock_gettime(2)");
	if (!clock_may_read_counter())
		return refuse(ladder, "this process may not read the counter (prctl PR_SET_TSC)");
#if defined(__x86_64__)
	sysfile_read_keyed(root, "/proc/cpuinfo", "flags", text, sizeof(text));
	if (!strstr(text, "constant_tsc") || !strstr(text, "nonstop_tsc"))
		return refuse(ladder, "the TSC is not constant (no constant_tsc, nonstop_tsc)");
	sysfile_read_text(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
			  text, sizeof(text));
	if (strcmp(text, "tsc"))
		return refuse(ladder, "the kernel's own clock source is not the TSC");
#endif
	(void)root, (void)text;
	return true;
}

static bool do_rungs_agree(struct clock_ladder *ladder)
{
	ladder->perf_hz = clock_rung_perf();
	ladder->cpuid_hz = clock_rung_cpuid();
	ladder->hypervisor_hz = clock_rung_hypervisor();
	if (clock_rung_agrees(ladder->perf_hz, ladder->anchors_hz) &&
	    clock_rung_agrees(ladder->cpuid_hz, ladder->anchors_hz) &&
	    clock_rung_agrees(ladder->hypervisor_hz, ladder->anchors_hz))
		return true;
	return refuse(ladder, "the counter's rates disagree by more than 100 ppm");
}

static bool are_cpus_in_step(const int *cpus, size_t cpu_count, struct clock_ladder *ladder)
{
	ladder->skew_ns = -1;
	for (size_t i = 1; i < cpu_count && i < SKEW_CPUS_MOST; i++) {
		int64_t there, back;
		double bound;

		if (clock_skew_measure(cpus[0], cpus[i], &there, &back))
			continue;
		if (clock_skew_excludes_zero(there, back))
			return refuse(ladder, "the counters of two CPUs are not in step");
		bound = (double)(there > back ? there : back) * ladder->clock.ns_per_tick;
		if (bound > ladder->skew_ns)
			ladder->skew_ns = bound;
	}
	return true;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * What a look costs, and the step of the counter: some count in strides of many
 * ticks, which then divide every difference.
 */
static void measure_overhead(struct clock_ladder *ladder)
{
	enum clock_source source = ladder->clock.source;
	uint64_t total = 0, step = 0;
	double step_ns;

	for (int i = 0; i < OVERHEAD_TRIES; i++) {
		uint64_t begin = clock_start(source), ticks = clock_stop(source) - begin;

		total += ticks;
		step = common_divisor(step, ticks);
	}
	ladder->overhead_ns = (double)total / OVERHEAD_TRIES * ladder->clock.ns_per_tick;
	step_ns = (double)(step ? step : 1) * ladder->clock.ns_per_tick;
	ladder->resolution_ns = clock_is_counter(source) ? step_ns
							 : fmax(step_ns, clock_rung_resolution());
}

void clock_ladder_start(const char *root, const int *cpus, size_t cpu_count,
			struct clock_ladder *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->skew_ns = -1;
	ret->clock.source = CLOCK_GETTIME;
	ret->clock.ns_per_tick = 1;
	if (is_counter_readable()) {
		take_anchor(&ret->first);
		poll(NULL, 0, BASELINE_MS);
		take_anchor(&ret->last);
	}
	ret->anchors_hz = clock_anchor_rate(&ret->first, &ret->last, &ret->error_ppm);
	if (is_counter_trusted(root, ret) && ret->anchors_hz > 0) {
		ret->clock.ns_per_tick = 1e9 / ret->anchors_hz;
		if (do_rungs_agree(ret) && are_cpus_in_step(cpus, cpu_count, ret))
			ret->clock.source = clock_counter_source(clock_ask_cpuid);
		else
			ret->clock.ns_per_tick = 1;
	}
	measure_overhead(ret);
}

void clock_ladder_finish(struct clock_ladder *ladder)
{
	if (is_counter_readable())
		take_anchor(&ladder->last);
	ladder->anchors_hz = clock_anchor_rate(&ladder->first, &ladder->last, &ladder->error_ppm);
	if (clock_is_counter(ladder->clock.source) && ladder->anchors_hz > 0)
		ladder->clock.ns_per_tick = 1e9 / ladder->anchors_hz;
}
