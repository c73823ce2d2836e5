/* SPDX-License-Identifier: MIT */
#include "render-chart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

#define BARS_PER_OCTAVE 4
#define BARS_MAX 256
#define BAR_WIDTH 50
#define MATRIX_WIDTH 80
#define MATRIX_CELL 7
#define MATRIX_CPUS_MAX 4096

static int bar_of(double ns)
{
	double bar = ns > 1 ? floor(log2(ns) * BARS_PER_OCTAVE) : 0;

	return bar < BARS_MAX ? (int)bar : BARS_MAX - 1;
}

static void count_bars(const struct result *result, uint64_t *bars)
{
	double scale = result->metric->bucket_ticks * result->ns_per_tick;
	struct histogram_bucket bucket;
	size_t position = 0;

	while (histogram_next(&result->metric->histogram, &position, &bucket))
		bars[bar_of(((double)bucket.low + (double)bucket.high) / 2 * scale)] += bucket.count;
}

static void print_bar(int bar, uint64_t count, uint64_t most, FILE *stream)
{
	char low[32];
	int length = (int)((double)count / (double)most * BAR_WIDTH + 0.5);

	units_format_time(exp2((double)bar / BARS_PER_OCTAVE), low, sizeof(low));
	fprintf(stream, "  %9s  %-*.*s  %llu\n", low, BAR_WIDTH, length ? length : 1,
		"##################################################",
		(unsigned long long)count);
}

static void print_bars(const struct result *result, FILE *stream)
{
	uint64_t bars[BARS_MAX] = { 0 }, most = 0;
	int first = BARS_MAX, last = -1;

	count_bars(result, bars);
	for (int i = 0; i < BARS_MAX; i++) {
		most = bars[i] > most ? bars[i] : most;
		if (bars[i]) {
			first = i < first ? i : first;
			last = i;
		}
	}
	for (int i = first; i <= last; i++)
		if (bars[i])
			print_bar(i, bars[i], most, stream);
		else if (i && bars[i - 1])
			fputs("          ...\n", stream);
}

int render_histograms(const struct results *results, const struct render_style *style,
		      FILE *stream)
{
	(void)style;
	for (size_t i = 0; i < results->result_count; i++) {
		const struct result *result = &results->results[i];

		if (!plan_is_headline(results->options->tool, result->metric->name))
			continue;
		fprintf(stream, "%s, %s, %s of %llu %s\n", result->cell->mechanism->name,
			result->cell->seat.name, result->metric->name, (unsigned long long)result->n,
			result->metric->is_batch ? "operations (means of batches)" : "operations");
		print_bars(result, stream);
		fputc('\n', stream);
	}
	return 0;
}

struct map {
	const struct results *results;
	const struct mechanism *mechanism;
	const char *metric;
	int cpus[MATRIX_CPUS_MAX];
	size_t count;
	double least, most;
};

static const struct result *map_cell(const struct map *map, int a, int b)
{
	for (size_t i = 0; i < map->results->result_count; i++) {
		const struct result *result = &map->results->results[i];

		if (result->cell->mechanism == map->mechanism && result->is_verified &&
		    result->cell->seat.cpus[0] == a && result->cell->seat.cpus[1] == b &&
		    plan_is_headline(map->results->options->tool, result->metric->name))
			return result;
	}
	return NULL;
}

static void add_cpu(struct map *map, int cpu)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->cpus[i] == cpu)
			return;
	if (map->count < MATRIX_CPUS_MAX)
		map->cpus[map->count++] = cpu;
}

static void fill_map(struct map *map)
{
	map->least = INFINITY;
	map->most = 0;
	for (size_t i = 0; i < map->results->plan->count; i++)
		add_cpu(map, map->results->plan->cells[i].seat.cpus[0]);
	for (size_t i = 0; i < map->results->result_count; i++) {
		const struct result *result = &map->results->results[i];

		if (result->cell->mechanism != map->mechanism || !result->is_verified ||
		    !plan_is_headline(map->results->options->tool, result->metric->name))
			continue;
		map->metric = result->metric->name;
		map->least = fmin(map->least, result->p50);
		map->most = fmax(map->most, result->p50);
	}
}

static void print_numbers(const struct map *map, FILE *stream)
{
	fprintf(stream, "  %*s", MATRIX_CELL, "");
	for (size_t j = 0; j < map->count; j++)
		fprintf(stream, "%*d", MATRIX_CELL, map->cpus[j]);
	fputc('\n', stream);
	for (size_t i = 0; i < map->count; i++) {
		fprintf(stream, "  %*d", MATRIX_CELL, map->cpus[i]);
		for (size_t j = 0; j < map->count; j++) {
			const struct result *result = map_cell(map, map->cpus[i], map->cpus[j]);

			if (result)
				fprintf(stream, "%*.*f", MATRIX_CELL,
					result->p50 < 1e5 ? 2 : 0, result->p50 / 1e3);
			else
				fprintf(stream, "%*s", MATRIX_CELL, "-");
		}
		fputc('\n', stream);
	}
}

/* From fast to slow, even on a logarithmic scale. */
static char shade(const struct map *map, const struct result *result)
{
	static const char shades[] = ".:-=+*#%@";
	double range = map->least > 0 ? log(map->most / map->least) : 0;

	if (!result)
		return ' ';
	/* What is as fast as the harness itself may be 0, or below. */
	if (!(range > 0) || result->p50 <= map->least)
		return shades[0];
	return shades[(int)(log(result->p50 / map->least) / range * (sizeof(shades) - 2) + 0.5)];
}

static void print_shades(const struct map *map, FILE *stream)
{
	for (size_t i = 0; i < map->count; i++) {
		fprintf(stream, "  %5d ", map->cpus[i]);
		for (size_t j = 0; j < map->count; j++)
			fputc(shade(map, map_cell(map, map->cpus[i], map->cpus[j])), stream);
		fputc('\n', stream);
	}
	fprintf(stream, "  . is %.2f us, @ is %.2f us, a blank was not measured\n",
		map->least / 1e3, map->most / 1e3);
}

int render_matrix(const struct results *results, const struct render_style *style, FILE *stream)
{
	const struct tool *tool = results->options->tool;
	struct map *map = calloc(1, sizeof(*map));
	size_t limit = style->width > 0 ? (size_t)style->width : MATRIX_WIDTH;

	if (!map)
		return -ENOMEM;
	map->results = results;
	for (size_t i = 0; tool->mechanism(i); i++) {
		map->mechanism = tool->mechanism(i);
		map->count = 0;
		fill_map(map);
		if (!(map->most > 0))
			continue;
		fprintf(stream, "%s: %s in us, rows CPU A, columns CPU B\n", map->mechanism->name,
			map->metric);
		if ((map->count + 1) * MATRIX_CELL + 2 <= limit)
			print_numbers(map, stream);
		else
			print_shades(map, stream);
		fputc('\n', stream);
	}
	free(map);
	return 0;
}
