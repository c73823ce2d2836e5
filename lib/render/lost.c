/* SPDX-License-Identifier: MIT */
#include "render/lost.h"

#include <math.h>

#include "plan/tool.h"
#include "plan/units.h"
#include "render/words.h"

/* As many lines as one reads; all of it is in the records. */
#define ROWS_NAMED 12
#define TEXT_MAX 160

/* The results of a cell are side by side. */
static size_t count_of_cell(const struct results *results, size_t first)
{
	size_t count = 1;

	while (first + count < results->result_count &&
	       results->results[first + count].cell == results->results[first].cell)
		count++;
	return count;
}

/* Of these the headline, or else the first, stands for the cell. */
static const struct result *row_of(const struct results *results, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (plan_is_headline(results->options->tool, results->results[i].metric->name))
			return &results->results[i];
	return &results->results[first];
}

/* "1.6 ms to other tasks (12 involuntary switches)" */
static void describe_waiting(const struct result_lost *lost, const char *time, char *ret)
{
	/* On a CPU that is never idle others had what these tasks did not. */
	if (!(lost->involuntary > 0) && lost->rounds && lost->rounds[0]->is_busy)
		snprintf(ret, TEXT_MAX, "%s to other tasks", time);
	else if (lost->involuntary > 0)
		snprintf(ret, TEXT_MAX, "%s to other tasks (%.0f involuntary switch%s)", time,
			 lost->involuntary, lost->involuntary > 1 ? "es" : "");
	else if (lost->rounds && lost->rounds[0]->cpus == 1 && !lost->rounds[0]->is_whole)
		snprintf(ret, TEXT_MAX, "%s in which none of its tasks ran", time);
	else
		snprintf(ret, TEXT_MAX, "%s waiting for a CPU", time);
}

static void describe_standing(const struct result_lost *lost, const char *time, char *ret)
{
	if (lost->stops > 0)
		snprintf(ret, TEXT_MAX, "%s standing still (stopped by a signal %.0f time%s)", time,
			 lost->stops, lost->stops > 1 ? "s" : "");
	else
		snprintf(ret, TEXT_MAX, "%s standing still (stopped, frozen or paused)", time);
}

static void describe_steal(const struct result_lost *lost, const char *time, char *ret)
{
	(void)lost;
	snprintf(ret, TEXT_MAX, "%s to the hypervisor (steal)", time);
}

/* By what, each with its time. */
static void print_causes(const struct result_lost *lost, FILE *stream)
{
	const struct {
		double ns, events;
		void (*describe)(const struct result_lost *lost, const char *time, char *ret);
	} causes[] = {
		{ lost->waited_ns, 0, describe_waiting },
		{ lost->stopped_ns, lost->stops, describe_standing },
		{ lost->steal_ns, 0, describe_steal },
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		char time[32], text[TEXT_MAX];

		if (!(causes[i].ns > 0) && !(causes[i].events > 0))
			continue;
		units_format_time(causes[i].ns, time, sizeof(time));
		causes[i].describe(lost, time, text);
		fprintf(stream, "%s%s", between, text);
		between = " and ";
	}
}

/* Of batches no operation is the longest. */
static void print_pair(const struct result *result, const char *what, double hit_ns,
		       double clean_ns, FILE *stream)
{
	char hit[32], clean[32];

	units_format_time(hit_ns, hit, sizeof(hit));
	fprintf(stream, "; their %s is %s", what, hit);
	if (result->lost.rounds_hit >= (double)result->rounds)
		return;
	units_format_time(clean_ns, clean, sizeof(clean));
	fprintf(stream, ", the others' %s", clean);
}

static void print_row(const struct results *results, const struct result *result, FILE *stream)
{
	const struct result_lost *lost = &result->lost;

	render_cell_name(results->plan, result->cell, stream);
	fprintf(stream, ": %.0f of %zu rounds lost ", lost->rounds_hit, result->rounds);
	print_causes(lost, stream);
	print_pair(result, "mean", lost->mean_hit, lost->mean_clean, stream);
	if (!result->metric->is_batch)
		print_pair(result, "longest", lost->max_hit, lost->max_clean, stream);
	fputc('\n', stream);
}

/* The kernel counts neither. */
static bool is_unknown(const struct result_lost *lost)
{
	return isnan(lost->counted_run_delay_ns) && isnan(lost->counted_off_cpu_ns);
}

void render_lost(const struct results *results, FILE *stream)
{
	size_t rows = 0, unknown = 0, count;

	for (size_t i = 0; i < results->result_count; i += count) {
		const struct result *result;

		count = count_of_cell(results, i);
		result = row_of(results, i, count);
		unknown += is_unknown(&result->lost);
		if (result->lost.rounds_hit > 0 && rows++ < ROWS_NAMED)
			print_row(results, result, stream);
	}
	if (rows > ROWS_NAMED)
		fprintf(stream, "%zu more rows lost time: rounds_hit and lost_ns of their records\n",
			rows - ROWS_NAMED);
	if (unknown)
		fprintf(stream, "time lost to other tasks is not known of %zu row%s: "
			"/proc/PID/schedstat does not tell it here\n", unknown, unknown > 1 ? "s" : "");
}
