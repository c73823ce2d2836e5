/* SPDX-License-Identifier: MIT */
#include "io-answer-rate.h"

#include <math.h>
#include <stdio.h>

#include "io-answer-ring.h"
#include "plan/plan.h"
#include "plan/units.h"

#define METRIC "response"
#define THREADS "threads"
/* Fewer than these are behind the rate, whatever their response. */
#define KEPT_UP_SHARE 0.9

/* "threads within 61.0 us, 140 us of 99 in 100, with 12.1 us of CPU time" */
static void format_side(const struct result *result, double rate, char *ret, size_t size)
{
	double per_s = answer_figure(result, "requests_per_s");
	double cpu_ns = answer_figure(result, "cpu_ns_per_op");
	char p50[32], p99[32], cpu[32];
	int used;

	units_format_time(result->p50, p50, sizeof(p50));
	used = snprintf(ret, size, "%s within %s", result->cell->mechanism->name, p50);
	if (isfinite(result->p99)) {
		units_format_time(result->p99, p99, sizeof(p99));
		used += snprintf(ret + used, size - (size_t)used, ", 99 in 100 within %s", p99);
	}
	if (cpu_ns >= 0) {
		units_format_time(cpu_ns, cpu, sizeof(cpu));
		used += snprintf(ret + used, size - (size_t)used, ", for %s of CPU time each", cpu);
	}
	if (per_s >= 0 && per_s < KEPT_UP_SHARE * rate)
		snprintf(ret + used, size - (size_t)used, ", and does not keep up: %.0f a second", per_s);
}

static void say_of(struct answer *answer, const struct result *threads)
{
	const struct result *ring = io_answer_best_ring(answer, threads, METRIC);
	const struct tool *tool = answer->results->plan->options->tool;
	uint64_t rate = threads->cell->values[plan_parameter(tool, "rate")].number;
	char here[200], there[200];

	if (!ring)
		return;
	format_side(threads, (double)rate, here, sizeof(here));
	format_side(ring, (double)rate, there, sizeof(there));
	answer_say(answer, "At %llu requests a second, from when each was due: %s; %s (%s).",
		   (unsigned long long)rate, here, there, threads->cell->seat.name);
}

void io_answer_rate(struct answer *answer)
{
	const struct results *results = answer->results;

	for (size_t i = 0; i < results->result_count; i++)
		if (answer_is_of(&results->results[i], METRIC, THREADS))
			say_of(answer, &results->results[i]);
}
