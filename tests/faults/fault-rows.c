/* SPDX-License-Identifier: MIT */
#include "fault-rows.h"

#include <stdio.h>
#include <string.h>

#include "fault-rules.h"

#define HOT 20
#define MIDDLE_MOST 3000           /* a run with faults may not come further */
#define FIRST_ONES 4
#define LAST_ONES 2
#define QUICK_EVERY 7

static void add(const struct fault_planner *planner, const struct fault_calls *calls,
		const char *how, char stage, unsigned long nth, const char *more)
{
	struct fault_row row = { .mechanism = calls->mechanism, .call = calls->call, .how = how,
				 .is_hot = strchr("w/", stage) && calls->within >= HOT };

	snprintf(row.place, sizeof(row.place), "%c%lu%s", stage, nth, more);
	planner->take(planner->argument, &row);
}

/* What can never be removed is left, and nobody is to blame. */
static bool removes(const char *call)
{
	return fault_is_among(call, "close unlink unlinkat rmdir mq_unlink msgctl semctl shmctl kill");
}

/* In a small table the first way, and the first that is an error behind those that are none. */
static bool is_in_small_table(const struct fault_calls *calls, unsigned int i)
{
	if (calls->within < HOT)
		return false;
	return i == 0 || (fault_is_soft(calls->hows[i - 1]) && !fault_is_soft(calls->hows[i]));
}

static void plan_within(const struct fault_planner *planner, const struct fault_calls *calls)
{
	unsigned long middle = (calls->within + 1) / 2;

	middle = middle > MIDDLE_MOST ? MIDDLE_MOST : middle;
	for (unsigned int i = 0; i < calls->how_count; i++) {
		const char *how = calls->hows[i];
		bool is_whole = planner->extent != EXTENT_QUICK;

		if (!is_whole && !is_in_small_table(calls, i))
			continue;
		add(planner, calls, how, 'w', middle, "");
		if (is_whole && i == 0 && middle > 1)
			add(planner, calls, how, 'w', 1, "");
		if (is_whole && i == 0 && !removes(calls->call))
			add(planner, calls, how, 'w', middle, "+");
		if (is_whole && fault_is_soft(how))
			add(planner, calls, how, '/', 2, "");
	}
}

/* Each of the first ones, by another error each; the first by all. */
static void plan_before(struct fault_planner *planner, const struct fault_calls *calls)
{
	if (planner->extent != EXTENT_FULL) {
		if (++planner->turn % QUICK_EVERY == 0)
			add(planner, calls, calls->hows[0], 'b', 1, "");
		return;
	}
	for (unsigned int i = 0; i < calls->how_count; i++)
		add(planner, calls, calls->hows[i], 'b', 1, "");
	for (unsigned long n = 2; n <= calls->before && n <= FIRST_ONES; n++)
		add(planner, calls, calls->hows[n % calls->how_count], 'b', n, "");
	if (calls->before > FIRST_ONES)
		add(planner, calls, calls->hows[0], 'b', calls->before, "");
}

static void plan_behind(const struct fault_planner *planner, const struct fault_calls *calls)
{
	for (unsigned long n = 1; n <= calls->behind && n <= LAST_ONES; n++)
		add(planner, calls, calls->hows[n % calls->how_count], 'a', n, "");
}

void fault_plan_calls(struct fault_planner *planner, const struct fault_calls *calls)
{
	if (calls->within)
		plan_within(planner, calls);
	if (calls->before)
		plan_before(planner, calls);
	if (calls->behind && planner->extent == EXTENT_FULL)
		plan_behind(planner, calls);
}

void fault_plan_storm(struct fault_planner *planner, const char *mechanism, const char *how)
{
	const struct fault_calls all = { .mechanism = mechanism, .call = "*" };

	add(planner, &all, how, '/', 2, "");
}
