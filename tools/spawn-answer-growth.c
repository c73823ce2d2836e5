/* SPDX-License-Identifier: MIT */
#include "spawn-answer-growth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/units.h"
#include "results/summary-groups.h"

#define METRIC "life"
#define PAGES_OF_GIB 262144.0
/* Less than this over the whole sweep is no growth that anybody would notice. */
#define GROWTH_SHARE 0.1
#define STAYS_MOST 2.0

/* The results of one mechanism over its sizes, all else being equal. */
struct sweep {
	const struct result *smallest, *largest;
	size_t sizes;
};

static int rss_of(const struct answer *answer)
{
	return plan_parameter(answer->results->options->tool, "rss");
}

static uint64_t bytes_of(const struct answer *answer, const struct result *result)
{
	return result->cell->values[rss_of(answer)].number;
}

static bool is_of_sweep(const struct answer *answer, const struct result *a,
			const struct result *b)
{
	return a->cell->mechanism == b->cell->mechanism && !strcmp(b->metric->name, METRIC) &&
	       b->is_verified &&
	       summary_same_circumstances(answer->results->plan, a->cell, b->cell, rss_of(answer));
}

static struct sweep sweep_of(const struct answer *answer, const struct result *result)
{
	struct sweep sweep = { 0 };

	for (size_t i = 0; i < answer->results->result_count; i++) {
		const struct result *other = &answer->results->results[i];

		if (!is_of_sweep(answer, result, other))
			continue;
		if (!sweep.sizes++)
			sweep.smallest = sweep.largest = other;
		if (bytes_of(answer, other) < bytes_of(answer, sweep.smallest))
			sweep.smallest = other;
		if (bytes_of(answer, other) > bytes_of(answer, sweep.largest))
			sweep.largest = other;
	}
	return sweep;
}

/* Of what has no memory it does not matter what that would be: the kind stands at the largest. */
static bool is_said_at(const struct answer *answer, const struct result *result,
		       const struct sweep *sweep)
{
	return sweep->sizes > 1 && result == sweep->largest &&
	       bytes_of(answer, sweep->smallest) < bytes_of(answer, sweep->largest);
}

static bool grows(const struct sweep *sweep)
{
	struct interval ratio = summary_ratio(sweep->largest, sweep->smallest);

	return ratio.has_interval && ratio.lo > 1 + GROWTH_SHARE;
}

/* It has not even doubled, over all sizes; where that is not known, nothing is said. */
static bool stays(const struct sweep *sweep)
{
	struct interval ratio = summary_ratio(sweep->largest, sweep->smallest);

	return ratio.has_interval && ratio.hi < STAYS_MOST && !grows(sweep);
}

/* What people take instead, the nearest to fork first; of those measured here the first that stays. */
static const struct result *find_refuge(const struct answer *answer, const struct result *largest)
{
	static const char *const names[] = {
		"posix-spawn", "vfork-exec", "fork-server", "vfork", "pthread", "process-pool",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct result *other = answer_beside(answer, largest, names[i]);
		struct sweep sweep;

		if (!other || other->cell->mechanism == largest->cell->mechanism)
			continue;
		sweep = sweep_of(answer, other);
		if (sweep.sizes > 1 && stays(&sweep))
			return other;
	}
	return NULL;
}

/* "; posix-spawn stays at 0.7 ms", or nothing. */
static void format_refuge(const struct answer *answer, const struct result *largest, char *ret,
			  size_t size)
{
	const struct result *refuge = find_refuge(answer, largest);
	char cost[32];

	ret[0] = 0;
	if (!refuge)
		return;
	units_format_time(refuge->p50, cost, sizeof(cost));
	snprintf(ret, size, "; %s stays at %s", refuge->cell->mechanism->name, cost);
}

static void format_where(const struct answer *answer, const struct result *largest, char *ret,
			 size_t size)
{
	const struct cell *cell = largest->cell;
	int backing = plan_parameter(answer->results->options->tool, "backing");
	bool is_shown = plan_shows(answer->results->plan, (size_t)backing);

	snprintf(ret, size, "%s%s%s", cell->seat.name, is_shown ? ", backing=" : "",
		 is_shown ? cell->values[backing].word : "");
}

/* "9.8 ms [9.1, 10.4]": all three in the unit of the first. */
static void format_slope(const struct result *result, char *ret, size_t size)
{
	static const struct { double ns; const char *name; } units[] = {
		{ 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 1, "ns" },
	};
	double slope = result->fit_ns_per_page * PAGES_OF_GIB;
	size_t i = 0;

	while (i < 3 && fabs(slope) < units[i].ns)
		i++;
	snprintf(ret, size, "%.3g %s [%.3g, %.3g]", slope / units[i].ns, units[i].name,
		 result->fit_ns_per_page_lo * PAGES_OF_GIB / units[i].ns,
		 result->fit_ns_per_page_hi * PAGES_OF_GIB / units[i].ns);
}

/* What was measured without memory, or else where the line begins. */
static double base_ns(const struct answer *answer, const struct sweep *sweep)
{
	return bytes_of(answer, sweep->smallest) ? sweep->largest->fit_ns : sweep->smallest->p50;
}

/* "0.6 ms and ", or nothing where the line begins below nothing. */
static void format_base(double ns, char *ret, size_t size)
{
	char cost[32];

	ret[0] = 0;
	if (!(ns > 0))
		return;
	units_format_time(ns, cost, sizeof(cost));
	snprintf(ret, size, "%s and ", cost);
}

static void say_line(struct answer *answer, const struct sweep *sweep)
{
	const struct result *largest = sweep->largest;
	double next_bytes = 2 * (double)bytes_of(answer, largest);
	double next_ns = largest->fit_ns + largest->fit_ns_per_page * next_bytes / 4096;
	char base[48], slope[80], at[32], next[32], refuge[80], where[80];

	format_base(base_ns(answer, sweep), base, sizeof(base));
	units_format_time(next_ns, at, sizeof(at));
	units_format_size((uint64_t)next_bytes, next, sizeof(next));
	format_slope(largest, slope, sizeof(slope));
	format_refuge(answer, largest, refuge, sizeof(refuge));
	format_where(answer, largest, where, sizeof(where));
	answer_say(answer, "%s here costs %s%s%s for each GiB: about %s at %s%s (%s).",
		   largest->cell->mechanism->name, base, slope, *base ? " more" : "", at, next, refuge,
		   where);
}

static void say_difference(struct answer *answer, const struct sweep *sweep)
{
	const struct result *largest = sweep->largest, *smallest = sweep->smallest;
	struct interval ratio = summary_ratio(largest, smallest);
	char low[32], high[32], small[32], large[32], times[64], refuge[80], where[80];

	units_format_time(smallest->p50, low, sizeof(low));
	units_format_time(largest->p50, high, sizeof(high));
	units_format_size(bytes_of(answer, smallest), small, sizeof(small));
	units_format_size(bytes_of(answer, largest), large, sizeof(large));
	answer_format_ratio(&ratio, times, sizeof(times));
	format_refuge(answer, largest, refuge, sizeof(refuge));
	format_where(answer, largest, where, sizeof(where));
	answer_say(answer, "%s here costs %s at %s and %s at %s, %s as much%s (%s).",
		   largest->cell->mechanism->name, low, small, high, large, times, refuge, where);
}

void spawn_answer_growth(struct answer *answer, const struct result *result)
{
	struct sweep sweep;

	if (strcmp(result->metric->name, METRIC) || !result->is_verified ||
	    result->is_yardstick)
		return;
	sweep = sweep_of(answer, result);
	if (!is_said_at(answer, result, &sweep))
		return;
	if (!grows(&sweep))
		return;
	if (result->fit_ns_per_page_lo > 0)
		say_line(answer, &sweep);
	else
		say_difference(answer, &sweep);
}
