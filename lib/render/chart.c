/* SPDX-License-Identifier: MIT */
#include "render/chart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"

#define BARS_PER_OCTAVE 4
#define BARS_MAX 256
#define BAR_WIDTH 50

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
