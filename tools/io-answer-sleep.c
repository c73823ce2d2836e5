/* SPDX-License-Identifier: MIT */
/* What sleepers say: how long they take in all, and what each way takes for it. */
#include "io-answer-sleep.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/units.h"
#include "results/summary-groups.h"

#define SERIAL "pread"

/* In the order in which they are told; of the ring the plain one. */
static const struct {
	const char *mechanism, *one, *what;
} ways[] = {
	{ "uring", "a ring", "task" },
	{ "epoll", "an event loop", "task" },
	{ "threads", "threads", "tasks" },
	{ "processes", "processes", "tasks" },
};

static const struct result *beside(const struct answer *answer, const struct result *serial,
				   const char *mechanism)
{
	const struct results *results = answer->results;

	for (size_t i = 0; i < results->result_count; i++)
		if (answer_is_of(&results->results[i], "interval", mechanism) &&
		    summary_same_circumstances(results->plan, results->results[i].cell, serial->cell, -1))
			return &results->results[i];
	return NULL;
}

/* "a ring takes 1 task and 80 KiB, threads 40 tasks and 408 KiB"; the slowest of them all. */
static double list_ways(const struct answer *answer, const struct result *serial, char *ret,
			size_t size)
{
	double slowest = -1;
	size_t used = 0;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct result *way = beside(answer, serial, ways[i].mechanism);
		double kib = way ? answer_figure(way, "memory_kib") : -1;
		char memory[32] = "";

		if (!way || used >= size)
			continue;
		if (kib >= 0)
			units_format_size((uint64_t)(kib * 1024), memory, sizeof(memory));
		used += (size_t)snprintf(ret + used, size - used, "%s%s%s %.0f %s%s%s",
					 used ? ", " : "", ways[i].one, used ? "" : " takes",
					 answer_figure(way, "tasks"), ways[i].what,
					 *memory ? " and " : "", memory);
		slowest = answer_figure(way, "makespan_ns") > slowest ? answer_figure(way, "makespan_ns") : slowest;
	}
	return slowest;
}

static void say_one(struct answer *answer, const struct result *serial, int depth, int wait)
{
	const struct value *values = serial->cell->values;
	char each[32], alone[32], together[32], list[300] = "";
	double slowest = list_ways(answer, serial, list, sizeof(list));

	if (!*list || values[depth].number < 2)
		return;
	plan_format_value(PARAMETER_TIME, &values[wait], each, sizeof(each));
	units_format_time(answer_figure(serial, "makespan_ns"), alone, sizeof(alone));
	units_format_time(slowest, together, sizeof(together));
	answer_say(answer, "%llu waits of %s take %s one after another, and %s at most all at once: "
		   "%s (%s).", (unsigned long long)values[depth].number, each, alone, together, list,
		   serial->cell->seat.name);
}

void io_answer_sleep(struct answer *answer)
{
	const struct results *results = answer->results;
	int workload = plan_parameter(results->plan->options->tool, "workload");
	int depth = plan_parameter(results->plan->options->tool, "depth");
	int wait = plan_parameter(results->plan->options->tool, "wait");

	for (size_t i = 0; i < results->result_count; i++) {
		const struct result *serial = &results->results[i];

		if (answer_is_of(serial, "interval", SERIAL) &&
		    !strcmp(serial->cell->values[workload].word, "sleep"))
			say_one(answer, serial, depth, wait);
	}
}
