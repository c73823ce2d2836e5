/* SPDX-License-Identifier: MIT */
#include "render/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

/* Of one reason: a matrix may have thousands. */
#define SKIPS_NAMED 40

/* Words of one line, of which those that are unknown are left out. */
struct fact_line {
	FILE *stream;
	const char *separator;         /* before the next */
};

static void add_fact(struct fact_line *line, const char *prefix, const char *fact)
{
	if (!*fact)
		return;
	fprintf(line->stream, "%s%s%s", line->separator, prefix, fact);
	line->separator = ", ";
}

static void print_host(const struct environment *host, FILE *stream)
{
	struct fact_line line = { stream, ": " };
	char cpus[32] = "";

	if (*host->hostname)
		fprintf(stream, " on %s", host->hostname);
	if (host->cpus > 0)
		snprintf(cpus, sizeof(cpus), "%d CPU%s", host->cpus, host->cpus == 1 ? "" : "s");
	add_fact(&line, "Linux ", host->kernel_release);
	add_fact(&line, "", host->cpu_model);
	add_fact(&line, "virtual machine: ", host->hypervisor);
	add_fact(&line, "", cpus);
	add_fact(&line, "", host->libc);
	fputc('\n', stream);
}

static void print_other_host(const struct results *results, FILE *stream)
{
	struct fact_line line = { stream, ": " };

	if (!*results->remote.address)
		return;
	fprintf(stream, "to %s", results->options->connect);
	add_fact(&line, "", results->remote.hostname);
	add_fact(&line, "Linux ", results->remote.kernel);
	fputc('\n', stream);
}

void render_head(const struct results *results, FILE *stream)
{
	fprintf(stream, "%s %s", results->options->tool->name, PACKAGE_VERSION);
	print_host(results->environment, stream);
	print_other_host(results, stream);
	fprintf(stream, "clock %s, %.1f ns a look; %.1f s, seed %llu\n\n",
		clock_is_counter(results->ladder->clock.source) ? CLOCK_TICKS_NAME : "clock_gettime",
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
