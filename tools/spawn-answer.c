/* SPDX-License-Identifier: MIT */
#include "spawn-answer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/units.h"
#include "results/answer.h"
#include "results/summary-groups.h"
#include "spawn-answer-growth.h"

#define METRIC "life"

/* " (same-cpu, rss=64 MiB)": under which circumstances this holds. */
static void circumstances(const struct answer *answer, const struct result *result, char *ret,
			  size_t size)
{
	char parameters[128];
	char rss[32];
	int index = plan_parameter(answer->results->options->tool, "rss");

	plan_describe_cell(answer->results->plan, result->cell, parameters, sizeof(parameters));
	units_format_size(result->cell->values[index].number, rss, sizeof(rss));
	snprintf(ret, size, "%s, %s%s%s%s", result->cell->seat.name, *parameters ? "" : "rss=",
		 *parameters ? parameters : rss, result->cell->peer ? ", creators: " : "",
		 result->cell->peer ? result->cell->peer : "");
}

static void say_process_against_thread(struct answer *answer, const struct result *fork)
{
	const struct result *thread = answer_beside(answer, fork, "pthread");
	char where[200], times[64], fork_cost[32], thread_cost[32];
	struct interval ratio;

	if (!thread)
		return;
	ratio = summary_ratio(fork, thread);
	if (!ratio.has_interval)
		return;
	circumstances(answer, fork, where, sizeof(where));
	answer_format_ratio(&ratio, times, sizeof(times));
	units_format_time(fork->p50, fork_cost, sizeof(fork_cost));
	units_format_time(thread->p50, thread_cost, sizeof(thread_cost));
	answer_say(answer, "A process costs %s what a thread costs: fork %s, pthread %s (%s).", times,
	    fork_cost, thread_cost, where);
}

/* A pool saves what the creation costs, less what the handing over does. */
static void say_what_pool_saves(struct answer *answer, const struct result *pool,
				const char *creation, const char *instead)
{
	const struct result *created = answer_beside(answer, pool, creation);
	char where[200], times[64], saved[32];
	struct interval ratio;

	if (!created)
		return;
	ratio = summary_ratio(created, pool);
	if (!ratio.has_interval)
		return;
	circumstances(answer, pool, where, sizeof(where));
	answer_format_ratio(&ratio, times, sizeof(times));
	units_format_time(created->p50 - pool->p50, saved, sizeof(saved));
	if (ratio.lo > 1)
		answer_say(answer, "A waiting %s saves %s a task: %s costs %s as much (%s).", instead, saved,
		    creation, times, where);
	else if (ratio.hi < 1)
		answer_say(answer, "A waiting %s costs more: %s costs %s as much (%s).", instead, creation,
		    times, where);
	else
		answer_say(answer, "Whether a waiting %s saves anything is not settled: %s costs %s as much "
		    "(%s).", instead, creation, times, where);
}

char **spawn_answer(const struct results *results)
{
	struct answer answer;

	answer_begin(&answer, results);
	for (size_t i = 0; answer.sentences && i < results->result_count; i++) {
		const struct result *result = &results->results[i];

		if (answer_is_of(result, METRIC, "fork"))
			say_process_against_thread(&answer, result);
		if (answer_is_of(result, METRIC, "thread-pool"))
			say_what_pool_saves(&answer, result, "pthread", "thread");
		if (answer_is_of(result, METRIC, "process-pool"))
			say_what_pool_saves(&answer, result, "fork", "process");
		spawn_answer_growth(&answer, result);
	}
	return answer.sentences;
}
