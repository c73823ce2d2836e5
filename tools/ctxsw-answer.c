/* SPDX-License-Identifier: MIT */
#include "ctxsw-answer.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/units.h"
#include "results/answer.h"
#include "results/summary-groups.h"

/* What everybody has in mind who speaks of a switch. */
#define EXAMPLE "pipe"

static bool is_peer(const struct result *result, const char *peer)
{
	return result->cell->peer && !strcmp(result->cell->peer, peer);
}

static const struct value *value_of(const struct results *results, const struct cell *cell,
				    const char *name)
{
	return &cell->values[plan_parameter(results->plan->options->tool, name)];
}

/* Two that hand over and do nothing else: what the sentence on peers is about. */
static bool is_bare_pair(const struct results *results, const struct cell *cell)
{
	return value_of(results, cell, "tasks")->number == 2 &&
	       value_of(results, cell, "footprint")->number == 0 &&
	       !strcmp(value_of(results, cell, "state")->word, "none");
}

/* The same mechanism on the same seat with the other peer. */
static const struct result *with_peer(const struct answer *answer, const struct result *result,
				      const char *peer)
{
	for (size_t i = 0; i < answer->results->result_count; i++) {
		const struct result *other = &answer->results->results[i];

		if (other->is_verified && !strcmp(other->metric->name, result->metric->name) &&
		    other->cell->mechanism == result->cell->mechanism && is_peer(other, peer) &&
		    is_bare_pair(answer->results, other->cell) &&
		    !strcmp(other->cell->seat.name, result->cell->seat.name))
			return other;
	}
	return NULL;
}

static void say_address_space(struct answer *answer, const struct result *process)
{
	const struct result *thread = with_peer(answer, process, "thread");
	char times[64], a[32], b[32];
	struct interval ratio;

	if (!thread)
		return;
	ratio = summary_ratio(process, thread);
	if (!ratio.has_interval)
		return;
	answer_format_ratio(&ratio, times, sizeof(times));
	units_format_time(process->p50, a, sizeof(a));
	units_format_time(thread->p50, b, sizeof(b));
	answer_say(answer, "A switch between processes costs %s what one between threads does: %s "
		   "against %s (%s).", times, a, b, process->cell->mechanism->name);
}

/* The largest footprint under the same circumstances, or NULL. */
static const struct result *with_most_to_do(const struct answer *answer, const struct result *bare)
{
	const struct results *results = answer->results;
	int footprint = plan_parameter(results->plan->options->tool, "footprint");
	const struct result *most = NULL;

	for (size_t i = 0; i < results->result_count; i++) {
		const struct result *other = &results->results[i];

		if (!answer_is_of(other, "switch", bare->cell->mechanism->name) ||
		    !other->cell->values[footprint].number ||
		    !summary_same_circumstances(results->plan, other->cell, bare->cell, footprint))
			continue;
		if (!most || other->cell->values[footprint].number >
			     most->cell->values[footprint].number)
			most = other;
	}
	return most;
}

static bool has_one_ring(const struct results *results)
{
	const struct value *tasks = value_of(results, &results->plan->cells[0], "tasks");

	for (size_t i = 0; i < results->plan->count; i++)
		if (value_of(results, &results->plan->cells[i], "tasks")->number != tasks->number)
			return false;
	return true;
}

static void say_footprint(struct answer *answer, const struct result *bare)
{
	const struct result *most = with_most_to_do(answer, bare);
	char direct[32], all[32], size[32];

	if (!most || !(most->p50 > bare->p50) || !has_one_ring(answer->results))
		return;
	units_format_time(bare->p50, direct, sizeof(direct));
	units_format_time(most->p50, all, sizeof(all));
	units_format_size(value_of(answer->results, most->cell, "footprint")->number, size,
			  sizeof(size));
	answer_say(answer, "A switch costs %s directly, and up to %s when each task works on %s (%s, "
		   "%s).", direct, all, size, bare->cell->mechanism->name, bare->cell->peer);
}

static void say_wake(struct answer *answer, const struct result *wake)
{
	char cost[32];

	units_format_time(wake->p50, cost, sizeof(cost));
	answer_say(answer, "A message that wakes up another CPU takes %s one way when that CPU is %s "
		   "(%s, %s, %s).", cost, strcmp(wake->metric->name, "wake-idle") ? "busy" : "idle",
		   wake->cell->mechanism->name, wake->cell->seat.name, wake->cell->peer);
}

char **ctxsw_answer(const struct results *results)
{
	struct answer answer;

	answer_begin(&answer, results);
	for (size_t i = 0; answer.sentences && i < results->result_count; i++) {
		const struct result *result = &results->results[i];

		if (result->is_verified && result->cell->peer &&
		    !strcmp(result->metric->name, "switch") &&
		    !value_of(results, result->cell, "footprint")->number)
			say_footprint(&answer, result);
		if (!is_peer(result, "process"))
			continue;
		if (answer_is_of(result, "switch", EXAMPLE) && is_bare_pair(results, result->cell))
			say_address_space(&answer, result);
		if (answer_is_of(result, "wake-idle", EXAMPLE) ||
		    answer_is_of(result, "wake-busy", EXAMPLE))
			say_wake(&answer, result);
	}
	return answer.sentences;
}
