/* SPDX-License-Identifier: MIT */
#include "ipc-answer.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/units.h"
#include "results/answer.h"
#include "results/summary-groups.h"

/* Of one kind: System V's, POSIX's, and what they are. */
static const struct {
	const char *system_v, *posix, *what;
} pairs[] = {
	{ "sysv-msg", "posix-mq", "message queues" },
	{ "sysv-sem", "posix-sem", "semaphores" },
	{ "sysv-shm+sysv-sem", "posix-shm+posix-sem", "shared memory with semaphores" },
};

/* "same-cpu, process, size=4 KiB": under which circumstances this holds. */
static void circumstances(const struct answer *answer, const struct result *result, char *ret,
			  size_t size)
{
	char parameters[128];

	plan_describe_cell(answer->results->plan, result->cell, parameters, sizeof(parameters));
	snprintf(ret, size, "%s%s%s%s%s", result->cell->seat.name, result->cell->peer ? ", " : "",
		 result->cell->peer ? result->cell->peer : "", *parameters ? ", " : "", parameters);
}

static void say_pair(struct answer *answer, const struct result *system_v, const char *posix,
		     const char *what)
{
	const struct result *other = answer_beside(answer, system_v, posix);
	char where[200], times[64], a[32], b[32];
	struct interval ratio;

	if (!other)
		return;
	ratio = summary_ratio(system_v, other);
	if (!ratio.has_interval)
		return;
	circumstances(answer, system_v, where, sizeof(where));
	answer_format_ratio(&ratio, times, sizeof(times));
	units_format_time(system_v->p50, a, sizeof(a));
	units_format_time(other->p50, b, sizeof(b));
	if (ratio.lo <= 1 && ratio.hi >= 1)
		answer_say(answer, "System V and POSIX %s do not differ measurably: %s, %s and %s (%s).",
			   what, times, a, b, where);
	else
		answer_say(answer, "System V %s cost %s what POSIX ones do: %s against %s (%s).", what,
			   times, a, b, where);
}

/* Of set-up nothing is said: opening them looks at limits, too, each in its own way. */
char **ipc_answer(const struct results *results)
{
	struct answer answer;

	answer_begin(&answer, results);
	for (size_t i = 0; answer.sentences && i < results->result_count; i++) {
		const struct result *result = &results->results[i];

		for (size_t j = 0; j < sizeof(pairs) / sizeof(pairs[0]); j++)
			if (strcmp(result->metric->name, "set-up") &&
			    answer_is_of(result, result->metric->name, pairs[j].system_v))
				say_pair(&answer, result, pairs[j].posix, pairs[j].what);
	}
	return answer.sentences;
}
