/* SPDX-License-Identifier: MIT */
#include "render/words.h"

#include <errno.h>
#include <math.h>
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

/* Whether the table has a ratio of one mechanism to another. */
static bool has_ratios(const struct results *results)
{
	for (size_t i = 0; i < results->result_count && !results->options->has_matrix; i++) {
		const struct result *result = &results->results[i];

		if (isfinite(result->ratio) && result->baseline &&
		    strcmp(result->baseline, result->cell->mechanism->name))
			return true;
	}
	return false;
}

static void print_two_speeds(const struct speeds *speeds, FILE *stream)
{
	double rounds = (double)(speeds->rounds[0] + speeds->rounds[1]);

	fprintf(stream, "of the two speeds that the host had, fast / slow: reference %.0f us in %.0f %% of the rounds, "
		"%.0f us in the others",
		speeds->reference[0] / 1e3, 100 * (double)speeds->rounds[0] / rounds,
		speeds->reference[1] / 1e3);
}

static void print_reference(const struct host_speed *speed, FILE *stream)
{
	if (speed->speeds.count > 1)
		print_two_speeds(&speed->speeds, stream);
	else
		fprintf(stream, "of the host's speed in it: reference %.0f us", speed->ns / 1e3);
	if (*speed->missing)
		fprintf(stream, ", without %s", speed->missing);
}

/* What may be compared with another run, and by what. */
static void print_speed(const struct results *results, FILE *stream)
{
	const struct host_speed *speed = &results->speed;
	bool is_there = speed->rounds && isfinite(speed->ns);

	fputs(has_ratios(results) ? "Ratios hold from run to run; times are of this run"
				  : "Times are of this run", stream);
	if (is_there) {
		fputs(", and ", stream);
		print_reference(speed, stream);
	} else if (*speed->missing) {
		fprintf(stream, ". No reference of the host's speed: %s", speed->missing);
	}
	fputs("\n\n", stream);
}

void render_head(const struct results *results, FILE *stream)
{
	fprintf(stream, "%s %s", results->options->tool->name, PACKAGE_VERSION);
	print_host(results->environment, stream);
	print_other_host(results, stream);
	fprintf(stream, "clock %s, %.1f ns a look; %.1f s, seed %llu\n",
		clock_is_counter(results->ladder->clock.source) ? CLOCK_TICKS_NAME : "clock_gettime",
		results->ladder->overhead_ns, results->elapsed_s,
		(unsigned long long)results->seed);
	print_speed(results, stream);
}

void render_cell_name(const struct plan *plan, const struct cell *cell, FILE *stream)
{
	char parameters[128];

	plan_describe_cell(plan, cell, parameters, sizeof(parameters));
	fprintf(stream, "%s%s%s %s%s%s", cell->mechanism->name, cell->peer ? " " : "",
		cell->peer ? cell->peer : "", cell->seat.name, *parameters ? " " : "", parameters);
}

/* What is told of a cell, or of one metric of it, in the answer's foot. */
struct remark {
	const struct cell *cell;
	const char *metric;            /* NULL: of all that the cell has */
	const char *text;
	bool is_told;
};

/* All that have the text of the first, up to as many as one reads. */
static void print_remark(const struct plan *plan, const char *about, struct remark *remarks,
			 size_t count, FILE *stream)
{
	const char *text = remarks->text;
	size_t alike = 0;

	for (size_t i = 0; i < count; i++) {
		if (remarks[i].is_told || strcmp(remarks[i].text, text))
			continue;
		remarks[i].is_told = true;
		if (alike++ >= SKIPS_NAMED)
			continue;
		fputs(alike > 1 ? ", " : about, stream);
		render_cell_name(plan, remarks[i].cell, stream);
		if (remarks[i].metric)
			fprintf(stream, " %s", remarks[i].metric);
	}
	if (alike > SKIPS_NAMED)
		fprintf(stream, " and %zu more", alike - SKIPS_NAMED);
	fprintf(stream, ": %s\n", text);
}

static void print_remarks(const struct plan *plan, const char *about, struct remark *remarks,
			  size_t count, FILE *stream)
{
	for (size_t i = 0; i < count; i++)
		if (!remarks[i].is_told)
			print_remark(plan, about, remarks + i, count - i, stream);
}

int render_skips(const struct results *results, FILE *stream)
{
	struct remark *remarks = calloc(results->skip_count + 1, sizeof(*remarks));

	if (!remarks)
		return -ENOMEM;
	for (size_t i = 0; i < results->skip_count; i++) {
		remarks[i].cell = results->skips[i].cell;
		remarks[i].text = results->skips[i].reason;
	}
	print_remarks(results->plan, "skipped ", remarks, results->skip_count, stream);
	free(remarks);
	return 0;
}

/* Of a cell whose metrics all have the same to say, once. */
static bool is_said_of_cell(const struct remark *remarks, size_t count, const struct cell *cell,
			    const char *text)
{
	return count && remarks[count - 1].cell == cell && !strcmp(remarks[count - 1].text, text);
}

static void add_remark(struct remark *remarks, size_t *count, const struct result *result,
		       const char *text)
{
	if (!*text)
		return;
	if (is_said_of_cell(remarks, *count, result->cell, text))
		remarks[*count - 1].metric = NULL;
	else
		remarks[(*count)++] = (struct remark){ result->cell, result->metric->name, text,
						       false };
}

int render_doubts(const struct results *results, FILE *stream)
{
	struct remark *remarks = calloc(results->result_count + 1, sizeof(*remarks));
	size_t count = 0;

	if (!remarks)
		return -ENOMEM;
	for (size_t i = 0; i < results->result_count; i++)
		if (!results->results[i].is_verified)
			add_remark(remarks, &count, &results->results[i], results->results[i].reason);
	print_remarks(results->plan, "unverified ", remarks, count, stream);
	for (size_t i = count = 0; i < results->result_count; i++)
		add_remark(remarks, &count, &results->results[i], results->results[i].no_interval);
	print_remarks(results->plan, "no interval of ", remarks, count, stream);
	free(remarks);
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
