/* SPDX-License-Identifier: MIT */
#include "ctxsw-answer.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "plan.h"
#include "summary-groups.h"
#include "units.h"

/* What everybody has in mind who speaks of a switch. */
#define EXAMPLE "pipe"

static bool is_peer(const struct result *result, const char *peer)
{
	return result->cell->peer && !strcmp(result->cell->peer, peer);
}

/* The same mechanism on the same seat with the other peer. */
static const struct result *with_peer(const struct answer *answer, const struct result *result,
				      const char *peer)
{
	for (size_t i = 0; i < answer->results->result_count; i++) {
		const struct result *other = &answer->results->results[i];

		if (other->is_verified && !strcmp(other->metric->name, result->metric->name) &&
		    other->cell->mechanism == result->cell->mechanism && is_peer(other, peer) &&
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

		if (!is_peer(result, "process"))
			continue;
		if (answer_is_of(result, "switch", EXAMPLE))
			say_address_space(&answer, result);
		if (answer_is_of(result, "wake-idle", EXAMPLE) ||
		    answer_is_of(result, "wake-busy", EXAMPLE))
			say_wake(&answer, result);
	}
	return answer.sentences;
}
