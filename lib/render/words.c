/* SPDX-License-Identifier: MIT */
#include "render/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

/* Of one reason: a matrix may have thousands. */
#define SKIPS_NAMED 40

void render_head(const struct results *results, FILE *stream)
{
	const struct environment *host = results->environment;

	fprintf(stream, "%s %s on %s: Linux %s, %s%s%s, %d CPUs, %s\n",
		results->options->tool->name, PACKAGE_VERSION, host->hostname,
		host->kernel_release, host->cpu_model, *host->hypervisor ? ", virtual machine: " : "",
		host->hypervisor, host->cpus, host->libc);
	if (*results->remote.address)
		fprintf(stream, "to %s: %s, Linux %s\n", results->options->connect,
			results->remote.hostname, results->remote.kernel);
	fprintf(stream, "clock %s, %.1f ns a look; %.1f s, seed %llu\n\n",
		results->ladder->clock.source == CLOCK_TICKS ? CLOCK_TICKS_NAME : "clock_gettime",
		results->ladder->overhead_ns, results->elapsed_s,
		(unsigned long long)results->seed);
}

static void name_cell(const struct plan *plan, const struct cell *cell, FILE *stream)
{
	char parameters[128];

	plan_describe_cell(plan, cell, parameters, sizeof(parameters));
	fprintf(stream, "%s%s%s %s%s%s", cell->mechanism->name, cell->peer ? " " : "",
		cell->peer ? cell->peer : "", cell->seat.name, *parameters ? " " : "", parameters);
}

/* All that have the reason of the first, up to as many as one reads; told: which these are. */
static void print_reason(const struct results *results, size_t first, bool *told, FILE *stream)
{
	const char *reason = results->skips[first].reason;
	size_t count = 0;

	for (size_t i = first; i < results->skip_count; i++) {
		if (told[i] || strcmp(results->skips[i].reason, reason))
			continue;
		told[i] = true;
		if (count++ >= SKIPS_NAMED)
			continue;
		fputs(count > 1 ? ", " : "skipped ", stream);
		name_cell(results->plan, results->skips[i].cell, stream);
	}
	if (count > SKIPS_NAMED)
		fprintf(stream, " and %zu more", count - SKIPS_NAMED);
	fprintf(stream, ": %s\n", reason);
}

int render_skips(const struct results *results, FILE *stream)
{
	bool *told = calloc(results->skip_count + 1, sizeof(*told));

	if (!told)
		return -ENOMEM;
	for (size_t i = 0; i < results->skip_count; i++)
		if (!told[i])
			print_reason(results, i, told, stream);
	free(told);
	return 0;
}

void render_warnings(const struct results *results, FILE *stream)
{
	for (size_t i = 0; i < results->warning_count; i++)
		fprintf(stream, "warning %s: %s; %s; %s\n", results->warnings[i].check,
			results->warnings[i].found, results->warnings[i].effect,
			results->warnings[i].fix);
}

void render_answer(const struct results *results, FILE *stream)
{
	for (char **sentence = results->sentences; sentence && *sentence; sentence++)
		fprintf(stream, "%s\n", *sentence);
}
