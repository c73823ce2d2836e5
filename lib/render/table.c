/* SPDX-License-Identifier: MIT */
/*
 * The table for people: a row a cell, the medians of its metrics side by side,
 * grouped by placement, in between what render/words.h says.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"
#include "render/chart.h"
#include "render/column.h"
#include "render/grid.h"
#include "render/lost.h"
#include "render/matrix.h"
#include "render/render.h"
#include "render/words.h"
#include "results/summary-speeds.h"

#define RANK_KEEP 0
#define TEXT_MAX 96

/* The scale of all times of one table. */
struct scale {
	double ns;
	const char *unit;
};

static const struct scale scales[] = { { 1, "ns" }, { 1e3, "us" }, { 1e6, "ms" } };

struct table {
	const struct results *results;
	const struct tool *tool;
	struct grid *grid;
	struct scale scale;
	size_t metric_count, parameter_count, figure_count;
	size_t first_parameter, first_ratio, first_metric, first_tail;
};

/* Ratios come first: they hold from run to run. */
enum ratio { RATIO_VALUE, RATIO_RANGE, RATIO_COUNT };
enum tail { TAIL_WIDTH, TAIL_P99, TAIL_ROUNDS, TAIL_COUNT };

/* The row of a cell is its headline, or its first metric where it has none. */
static bool is_row(const struct table *table, const struct result *result)
{
	const struct results *results = table->results;

	for (size_t i = 0; i < results->result_count; i++)
		if (results->results[i].cell == result->cell &&
		    plan_is_headline(table->tool, results->results[i].metric->name))
			return &results->results[i] == result;
	return result == results->results || result[-1].cell != result->cell;
}

static struct scale choose_scale(const struct table *table)
{
	double largest = 0;

	for (size_t i = 0; i < table->results->result_count; i++)
		if (is_row(table, &table->results->results[i]))
			largest = fmax(largest, table->results->results[i].p50);
	return largest < 2e3 ? scales[0] : largest < 2e7 ? scales[1] : scales[2];
}

static void format_time(const struct table *table, double ns, char *ret, size_t size)
{
	double value = ns / table->scale.ns, magnitude = fabs(value);

	ret[0] = 0;
	if (isfinite(ns))
		snprintf(ret, size, magnitude < 10 ? "%.2f" : magnitude < 100 ? "%.1f" : "%.0f",
			 value);
}

/* Where the host had two speeds, that of either: "8.25 / 10.3". */
static void format_median(const struct table *table, const struct result *result, char *ret,
			  size_t size)
{
	char fast[TEXT_MAX / 4], slow[TEXT_MAX / 4];

	format_time(table, result->p50, ret, size);
	if (!summary_has_speeds(result))
		return;
	format_time(table, result->speeds[0].p50, fast, sizeof(fast));
	format_time(table, result->speeds[1].p50, slow, sizeof(slow));
	snprintf(ret, size, "%s / %s", fast, slow);
}

static void set_headers(struct table *table)
{
	const struct tool *tool = table->tool;
	char header[TEXT_MAX];
	size_t at = 0;

	grid_set_column(table->grid, at++, "mechanism", false, RANK_KEEP);
	for (size_t i = 0; i < table->parameter_count; i++)
		grid_set_column(table->grid, at++, tool->parameters[i].header, true, RANK_KEEP);
	snprintf(header, sizeof(header), "x %s", tool->baseline);
	grid_set_column(table->grid, at++, header, true, 1);
	grid_set_column(table->grid, at++, "95 %", false, 5);
	for (size_t i = 0; i < table->metric_count; i++) {
		bool is_main = plan_is_headline(tool, tool->metrics[i]);

		snprintf(header, sizeof(header), "%s %s", tool->metrics[i], table->scale.unit);
		grid_set_column(table->grid, at++, header, true, is_main ? RANK_KEEP : 4);
	}
	grid_set_column(table->grid, at++, "+-%", true, 2);
	snprintf(header, sizeof(header), "p99 %s", table->scale.unit);
	grid_set_column(table->grid, at++, header, true, 3);
	grid_set_column(table->grid, at++, "rounds", true, 8);
	for (size_t i = 0; i < table->figure_count; i++)
		grid_set_column(table->grid, at++, tool->figures[i].header ? tool->figures[i].header
									   : "", true, 6);
	grid_set_column(table->grid, at, "notes", false, 7);
}

static void set_parameters(struct table *table, const struct result *result)
{
	char text[TEXT_MAX];

	for (size_t i = 0; i < table->parameter_count; i++) {
		const struct value *value = &result->cell->values[i];

		if (!value->applies || !plan_shows(table->results->plan, i))
			continue;
		plan_format_value(table->tool->parameters[i].type, value, text, sizeof(text));
		grid_set(table->grid, table->first_parameter + i, text);
	}
}

static void set_metrics(struct table *table, const struct result *row)
{
	char text[TEXT_MAX];

	for (size_t i = 0; i < table->metric_count; i++) {
		const struct result *result = results_find(table->results, row->cell,
							   table->tool->metrics[i]);

		if (!result)
			continue;
		if (result->is_verified)
			format_median(table, result, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "unverified");
		if (result->is_best)
			strncat(text, "*", sizeof(text) - strlen(text) - 1);
		grid_set(table->grid, table->first_metric + i, text);
	}
}

static void set_range(struct table *table, const struct result *result)
{
	char text[TEXT_MAX];

	if (!isfinite(result->ratio) || !result->is_verified)
		return;
	snprintf(text, sizeof(text), result->ratio < 10 ? "%.2f" : "%.1f", result->ratio);
	grid_set(table->grid, table->first_ratio + RATIO_VALUE, text);
	if (!isfinite(result->ratio_lo))
		return;
	snprintf(text, sizeof(text), result->ratio < 10 ? "[%.2f, %.2f]" : "[%.1f, %.1f]",
		 result->ratio_lo, result->ratio_hi);
	grid_set(table->grid, table->first_ratio + RATIO_RANGE, text);
}

/* Half of an interval in per cent of its middle.  Of what may be nothing there are no per cent. */
static void format_width(double middle, double low, double high, char *ret, size_t size)
{
	bool may_be_nothing = low <= 0 && high >= 0;

	ret[0] = 0;
	if (!isfinite(low))
		snprintf(ret, size, "n/a");
	else if (!may_be_nothing)
		snprintf(ret, size, "%.1f", 100 * (high - low) / 2 / fabs(middle));
}

/* What --precision is about: a yardstick has no such aim. */
static void set_width(struct table *table, const struct result *result)
{
	const struct result_speed *speeds = result->speeds;
	char text[TEXT_MAX], fast[TEXT_MAX / 4], slow[TEXT_MAX / 4];

	format_width(result->p50, result->p50_lo, result->p50_hi, text, sizeof(text));
	if (summary_has_speeds(result)) {
		format_width(speeds[0].p50, speeds[0].p50_lo, speeds[0].p50_hi, fast, sizeof(fast));
		format_width(speeds[1].p50, speeds[1].p50_lo, speeds[1].p50_hi, slow, sizeof(slow));
		snprintf(text, sizeof(text), "%s / %s", fast, slow);
	}
	if (!result->is_yardstick || !isfinite(result->p50_lo))
		grid_set(table->grid, table->first_tail + TAIL_WIDTH, text);
}

static void set_tail(struct table *table, const struct result *result)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%zu", result->rounds);
	grid_set(table->grid, table->first_tail + TAIL_ROUNDS, text);
	/* These columns are the headline's: a row without one leaves them empty. */
	if (!plan_is_headline(table->tool, result->metric->name))
		return;
	set_width(table, result);
	format_time(table, result->p99, text, sizeof(text));
	grid_set(table->grid, table->first_tail + TAIL_P99, text);
	set_range(table, result);
}

/* Four digits, but no exponents. */
static void format_figure(double value, char *ret, size_t size)
{
	double magnitude = fabs(value);

	if (magnitude >= 1e9)
		snprintf(ret, size, "%.2fG", value / 1e9);
	else if (magnitude >= 1e6)
		snprintf(ret, size, "%.2fM", value / 1e6);
	else
		snprintf(ret, size, magnitude >= 1e3 ? "%.0f" : "%.4g", value);
}

static void set_figures(struct table *table, const struct result *result)
{
	char text[TEXT_MAX];

	for (size_t i = 0; i < table->figure_count; i++)
		for (size_t j = 0; table->tool->figures[i].header && j < result->figure_count; j++) {
			if (strcmp(result->figures[j].name, table->tool->figures[i].name) ||
			    !isfinite(result->figures[j].value))
				continue;
			format_figure(result->figures[j].value, text, sizeof(text));
			grid_set(table->grid, table->first_tail + TAIL_COUNT + i, text);
		}
}

static void set_notes(struct table *table, const struct result *result)
{
	char text[TEXT_MAX * 2] = "";
	char low[24], high[24];
	size_t used = 0;

	for (size_t i = 0; result->flags[i] && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 used ? " " : "", result->flags[i]);
	if (isfinite(result->modes[0]) && used < sizeof(text)) {
		format_time(table, result->modes[0], low, sizeof(low));
		format_time(table, result->modes[1], high, sizeof(high));
		snprintf(text + used, sizeof(text) - used, " %s (%.0f%%) or %s %s", low,
			 100 * result->mode_shares[0], high, table->scale.unit);
	}
	grid_set(table->grid, table->first_tail + TAIL_COUNT + table->figure_count, text);
}

static int add_row(struct table *table, const struct result *result)
{
	char name[TEXT_MAX];

	if (grid_add_row(table->grid))
		return -ENOMEM;
	snprintf(name, sizeof(name), "%s%s%s", result->cell->mechanism->name,
		 result->cell->peer ? " " : "", result->cell->peer ? result->cell->peer : "");
	grid_set(table->grid, 0, name);
	set_parameters(table, result);
	set_metrics(table, result);
	set_tail(table, result);
	set_figures(table, result);
	set_notes(table, result);
	return 0;
}

static size_t count_names(const char *const *names)
{
	size_t count = 0;

	while (names[count])
		count++;
	return count;
}

static void lay_out(struct table *table)
{
	while (table->tool->parameters[table->parameter_count].name)
		table->parameter_count++;
	while (table->tool->figures[table->figure_count].name)
		table->figure_count++;
	table->metric_count = count_names(table->tool->metrics);
	table->first_parameter = 1;
	table->first_ratio = 1 + table->parameter_count;
	table->first_metric = table->first_ratio + RATIO_COUNT;
	table->first_tail = table->first_metric + table->metric_count;
}

static bool was_seen(const struct results *results, const char *placement, int cpu)
{
	for (size_t i = 0; i < results->result_count; i++)
		if (!strcmp(results->results[i].cell->seat.name, placement) &&
		    results->results[i].series->cpus[cpu / 64] >> (cpu % 64) & 1)
			return true;
	return false;
}

static void print_seat(const struct results *results, const struct seat *seat, FILE *stream)
{
	fprintf(stream, "%s", seat->name);
	if (seat->relation)
		fprintf(stream, " (%s)", seat->relation);
	if (seat->cpus[0] >= 0) {
		fprintf(stream, seat->cpus[0] == seat->cpus[1] ? ": CPU %d\n"
							       : ": CPU %d and CPU %d\n",
			seat->cpus[0], seat->cpus[1]);
		return;
	}
	fputs(seat->is_float ? ": not pinned, seen on CPU"
			     : ": every creator on a CPU of its own, seen on CPU", stream);
	for (int cpu = 0; cpu < ROUND_CPUS_MAX; cpu++)
		if (was_seen(results, seat->name, cpu))
			fprintf(stream, " %d", cpu);
	fputc('\n', stream);
}

static bool is_same_seat(const struct cell *a, const struct cell *b)
{
	return !strcmp(a->seat.name, b->seat.name) && a->is_spread == b->is_spread;
}

/* All rows of one placement. */
static int print_group(struct table *table, const struct result *first, int width, FILE *stream)
{
	size_t columns = table->first_tail + TAIL_COUNT + table->figure_count + 1;
	int error = 0;

	table->grid = grid_new(columns);
	if (!table->grid)
		return -ENOMEM;
	set_headers(table);
	for (size_t i = 0; i < table->results->result_count && !error; i++) {
		const struct result *result = &table->results->results[i];

		if (is_same_seat(result->cell, first->cell) && is_row(table, result))
			error = add_row(table, result);
	}
	print_seat(table->results, &first->cell->seat, stream);
	grid_print(table->grid, width, "  ", stream);
	fputc('\n', stream);
	grid_free(table->grid);
	return error;
}

static bool is_new_group(const struct results *results, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_same_seat(results->results[i].cell, results->results[index].cell))
			return false;
	return true;
}

static int print_groups(struct table *table, int width, FILE *stream)
{
	const struct results *results = table->results;
	int error = 0;

	table->scale = choose_scale(table);
	for (size_t i = 0; i < results->result_count && !error; i++)
		if (is_new_group(results, i))
			error = print_group(table, &results->results[i], width, stream);
	return error;
}

int render_table(const struct results *results, const struct render_style *style, FILE *stream)
{
	struct table table = { .results = results, .tool = results->options->tool };
	int error = 0;

	lay_out(&table);
	render_head(results, stream);
	error = results->options->has_matrix ? render_matrix(results, style, stream)
					     : print_groups(&table, style->width, stream);
	if (!error && style->has_histograms)
		error = render_histograms(results, style, stream);
	render_lost(results, stream);
	render_answer(results, stream);
	if (!error)
		error = render_doubts(results, stream);
	if (!error)
		error = render_skips(results, stream);
	render_warnings(results, stream);
	return error ? error : ferror(stream) ? -EIO : 0;
}
