/* SPDX-License-Identifier: MIT */
/* host/noise - judges snapshots, and looks for gaps in time; see host/noise.h. */
#include "host/noise.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/noise-remedies.h"
#include "kernel/affinity.h"

#define GAP_FLOOR_NS 500
#define GAP_FLOOR_STEPS 4
#define GAP_LOST_SHARE 0.005
#define GAP_LONG_NS 1000000
/* 0.1 s and more even for a clock read in 10 ns: it stands still. */
#define GAP_STUCK_READS 10000000u
/* Steps to look at before one is called the shortest. */
#define GAP_WARM_UP_READS 1000u

bool noise_found(struct warning *w, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(w->found, sizeof(w->found), format, arguments);
	va_end(arguments);
	return true;
}

/* The table's words, where the check has not put its own. */
static void start_warning(const struct noise_check *check, struct warning *w)
{
	*w = (struct warning){
		.severity = check->severity, .check = check->name,
	};
	snprintf(w->effect, sizeof(w->effect), "%s", check->effect);
	snprintf(w->fix, sizeof(w->fix), "%s", check->fix);
}

/* Who is root need not become it. */
static void drop_root(char *fix)
{
	static const char prefix[] = "root: ";
	size_t length = sizeof(prefix) - 1;

	for (char *at; (at = strstr(fix, prefix));)
		memmove(at, at + length, strlen(at + length) + 1);
}

static int run_checks(const struct noise_check *checks, size_t checks_count,
		      const struct noise_case *c, struct warning *ret,
		      size_t max, size_t *ret_count)
{
	struct warning warning;

	for (size_t i = 0; i < checks_count; i++) {
		start_warning(&checks[i], &warning);
		if (!checks[i].judge(c, &warning))
			continue;
		if (!noise_remedies_offer(checks[i].name, c, warning.fix, sizeof(warning.fix)) &&
		    c->before->is_root)
			drop_root(warning.fix);
		if (*ret_count == max)
			return -ENOSPC;
		ret[(*ret_count)++] = warning;
	}
	return 0;
}

int noise_judge(const struct noise_snapshot *before,
		const struct noise_snapshot *after,
		const struct environment *environment, struct warning *ret,
		size_t max, size_t *ret_count)
{
	const struct noise_case c = {
		.before = before, .after = after, .environment = environment,
	};
	int result;

	*ret_count = 0;
	result = run_checks(noise_setting_checks, noise_setting_checks_count,
			    &c, ret, max, ret_count);
	if (result || !after)
		return result;
	return run_checks(noise_event_checks, noise_event_checks_count, &c,
			  ret, max, ret_count);
}

/* In ticks, so that the loop has no arithmetic on the common path. */
struct gap_limits {
	uint64_t floor;
	uint64_t over_5us;
	uint64_t over_20us;
	uint64_t over_100us;
};

static uint64_t ns_to_ticks(double ns, double ns_per_tick)
{
	return (uint64_t)(ns / ns_per_tick);
}

/* The next reading after last, which it replaces; the step or -errno. */
static int64_t next_step(uint64_t (*ticks)(void), uint64_t *last)
{
	uint64_t now;

	for (unsigned int reads = 0; reads < GAP_STUCK_READS; reads++) {
		now = ticks();
		if (now != *last) {
			int64_t step = (int64_t)(now - *last);

			*last = now;
			return step > 0 ? step : -EIO;
		}
	}
	return -ETIME;
}

/*
 * The shortest step tells what a reading costs here.  A coarse clock takes
 * few steps, so duration bounds the search too.
 */
static int find_floor(uint64_t (*ticks)(void), double ns_per_tick,
		      uint64_t duration, struct gap_limits *ret)
{
	uint64_t start = ticks(), last = start, shortest = UINT64_MAX;

	for (unsigned int i = 0;
	     i < GAP_WARM_UP_READS && last - start <= duration; i++) {
		int64_t step = next_step(ticks, &last);

		if (step < 0)
			return (int)step;
		if ((uint64_t)step < shortest)
			shortest = (uint64_t)step;
	}
	ret->floor = ns_to_ticks(GAP_FLOOR_NS, ns_per_tick);
	if (shortest > ret->floor / GAP_FLOOR_STEPS)
		ret->floor = shortest * GAP_FLOOR_STEPS;
	return 0;
}

/* Leaves ticks where *gaps promises ns: gaps_to_ns() comes after. */
static int scan(uint64_t (*ticks)(void), uint64_t duration,
		const struct gap_limits *limits, struct noise_gaps *gaps)
{
	uint64_t start = ticks(), last = start;

	while (last - start < duration) {
		int64_t step = next_step(ticks, &last);
		uint64_t gap = (uint64_t)step;

		if (step < 0)
			return (int)step;
		if (gap <= limits->floor)
			continue;
		gaps->lost_ns += gap;
		gaps->over_5us += gap > limits->over_5us;
		gaps->over_20us += gap > limits->over_20us;
		gaps->over_100us += gap > limits->over_100us;
		if (gap > gaps->max_ns)
			gaps->max_ns = gap;
	}
	gaps->scanned_ns = last - start;
	return 0;
}

static void gaps_to_ns(struct noise_gaps *gaps, double ns_per_tick)
{
	uint64_t *const times[] = {
		&gaps->scanned_ns, &gaps->floor_ns, &gaps->lost_ns,
		&gaps->max_ns,
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		*times[i] = (uint64_t)((double)*times[i] * ns_per_tick + 0.5);
}

static int find_gaps(uint64_t (*ticks)(void), double ns_per_tick,
		     uint64_t duration_ns, struct noise_gaps *ret)
{
	struct gap_limits limits = {
		.over_5us = ns_to_ticks(5e3, ns_per_tick),
		.over_20us = ns_to_ticks(20e3, ns_per_tick),
		.over_100us = ns_to_ticks(100e3, ns_per_tick),
	};
	uint64_t duration = ns_to_ticks((double)duration_ns, ns_per_tick);
	int result = find_floor(ticks, ns_per_tick, duration, &limits);

	*ret = (struct noise_gaps){ .floor_ns = limits.floor };
	if (!result)
		result = scan(ticks, duration, &limits, ret);
	gaps_to_ns(ret, ns_per_tick);
	return result;
}

/* The calling thread is pinned meanwhile. */
static int find_gaps_on(uint64_t (*ticks)(void), double ns_per_tick,
			uint64_t duration_ns, int cpu, struct noise_gaps *ret)
{
	struct affinity old;
	int result = affinity_take(&old), restored;

	if (result)
		return result;
	result = affinity_set(cpu, cpu);
	if (!result) {
		result = find_gaps(ticks, ns_per_tick, duration_ns, ret);
		restored = affinity_restore(&old);
		if (!result)
			result = restored;
	}
	affinity_done(&old);
	return result;
}

int noise_gap_scan(uint64_t (*ticks)(void), double ns_per_tick,
		   uint64_t duration_ns, int cpu, struct noise_gaps *ret)
{
	if (!ticks || !ret || !(ns_per_tick > 0) || !duration_ns)
		return -EINVAL;
	*ret = (struct noise_gaps){ 0 };
	if (cpu < 0)
		return find_gaps(ticks, ns_per_tick, duration_ns, ret);
	return find_gaps_on(ticks, ns_per_tick, duration_ns, cpu, ret);
}

void noise_gap_unknown(int error, int cpu, struct warning *ret)
{
	static const struct noise_check words = {
		.name = "gaps", .severity = WARNING_INFORM,
		.effect = "something may take the CPU away unseen",
		.fix = "repeat the run, and see whether its tails are the same",
	};

	start_warning(&words, ret);
	noise_found(ret, "CPU %d: not looked for: %s", cpu, strerror(-error));
}

bool noise_standstill_judge(const struct standstill *standstill, struct warning *ret)
{
	static const struct noise_check words = {
		.name = "standstill", .severity = WARNING_WARN,
		.effect = "it is no part of the budget; the longest operations of rounds "
			  "flagged STOPPED may hold it",
		.fix = "measure again, and let the run run",
	};
	double asleep_s = (double)standstill_asleep_ns(standstill) / 1e9;
	double lost_s = (double)standstill->lost_ns / 1e9;

	start_warning(&words, ret);
	if (asleep_s >= STANDSTILL_LEAST_NS / 1e9)
		return noise_found(ret, "the machine was asleep for %.1f s in the middle of the "
				   "run, and the run stood still for %.1f s", asleep_s, lost_s);
	return standstill->count &&
	       noise_found(ret, "the run stood still for %.1f s, in %u piece%s: it was stopped, "
			   "its control group frozen, or the machine paused", lost_s,
			   standstill->count, standstill->count == 1 ? "" : "s");
}

bool noise_gap_judge(const struct noise_gaps *gaps, int cpu,
		     int allowed_cpus, struct warning *ret)
{
	static const struct noise_check words = {
		.name = "gaps", .severity = WARNING_WARN,
		.effect = "something takes the CPU away, and counters may "
			  "not show it: tails are too long",
		.fix = "choose a quieter machine or hour",
	};
	const struct noise_snapshot here = { .allowed_cpus = allowed_cpus };
	const struct noise_case c = { .before = &here };
	double share = gaps->scanned_ns ?
		(double)gaps->lost_ns / (double)gaps->scanned_ns : 0;
	char where[32] = "";

	if (share <= GAP_LOST_SHARE && gaps->max_ns <= GAP_LONG_NS)
		return false;
	start_warning(&words, ret);
	noise_remedies_offer(words.name, &c, ret->fix, sizeof(ret->fix));
	if (cpu >= 0)
		snprintf(where, sizeof(where), "CPU %d: ", cpu);
	return noise_found(ret, "%s%.2f %% of the time lost, longest gap "
			   "%llu us, %llu over 100 us", where, share * 100,
			   (unsigned long long)gaps->max_ns / 1000,
			   (unsigned long long)gaps->over_100us);
}
