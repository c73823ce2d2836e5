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

static bool is_first_of_fit(const struct answer *answer, const struct result *result)
{
	int rss = plan_parameter(answer->results->options->tool, "rss");

	for (const struct result *other = answer->results->results; other < result; other++)
		if (other->cell->mechanism == result->cell->mechanism &&
		    !strcmp(other->metric->name, METRIC) && isfinite(other->fit_ns_per_page) &&
		    summary_same_circumstances(answer->results->plan, other->cell, result->cell, rss))
			return false;
	return true;
}

static void say_fit(struct answer *answer, const struct result *result)
{
	const struct value *backing =
		&result->cell->values[plan_parameter(answer->results->options->tool, "backing")];
	char base[32];

	if (strcmp(result->metric->name, METRIC) || !isfinite(result->fit_ns_per_page_lo) ||
	    !is_first_of_fit(answer, result))
		return;
	units_format_time(result->fit_ns, base, sizeof(base));
	answer_say(answer, "%s: %s and %.2f ns [%.2f, %.2f] for each resident 4 KiB page (%s%s%s).",
	    result->cell->mechanism->name, base, result->fit_ns_per_page,
	    result->fit_ns_per_page_lo, result->fit_ns_per_page_hi, result->cell->seat.name,
	    backing->applies ? ", backing=" : "", backing->applies ? backing->word : "");
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
		say_fit(&answer, result);
	}
	return answer.sentences;
}
