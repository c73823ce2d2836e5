/* SPDX-License-Identifier: MIT */
#include "measure/sample.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/pages.h"
#include "statistics/statistics.h"

/* In batch mode the histogram counts 1/64 of a tick: means are fractions. */
#define BATCH_FRACTIONS 64

static double per_operation(const struct sample *sample, size_t i)
{
	return sample->operations ? (double)sample->ticks[i] / sample->operations[i]
				  : (double)sample->ticks[i];
}

static size_t copy_values(const struct sample *const *samples, size_t sample_count, double *ret)
{
	size_t n = 0;

	for (size_t s = 0; s < sample_count; s++)
		for (size_t i = 0; i < samples[s]->count; i++)
			ret[n++] = per_operation(samples[s], i);
	return n;
}

static size_t total_count(const struct sample *const *samples, size_t sample_count)
{
	size_t n = 0;

	for (size_t s = 0; s < sample_count; s++)
		n += samples[s]->count;
	return n;
}

int sample_median(const struct sample *sample, double *ret_median, double *ret_spread)
{
	double *values;

	*ret_median = *ret_spread = 0;
	if (!sample->count)
		return 0;
	values = pages_take(sample->count * sizeof(*values));
	if (!values)
		return -ENOMEM;
	copy_values(&sample, 1, values);
	statistics_sort_lean(values, sample->count);
	*ret_median = statistics_median(values, sample->count);
	*ret_spread = statistics_quantile(values, sample->count, 0.75) -
		      statistics_quantile(values, sample->count, 0.25);
	pages_give(values, sample->count * sizeof(*values));
	return 0;
}

static void add_totals(const struct sample *sample, struct round_series *series)
{
	for (size_t i = 0; i < sample->count; i++) {
		series->sum += (double)sample->ticks[i];
		series->n += sample->operations ? sample->operations[i] : 1;
	}
}

static int fill_histogram(const double *sorted, size_t n, double bucket_ticks,
			  struct histogram *histogram)
{
	int error = 0;

	for (size_t i = 0; i < n && !error; i++)
		error = sorted[i] < 0 ? -ERANGE
				      : histogram_record(histogram, (uint64_t)(sorted[i] / bucket_ticks));
	return error;
}

static int make_pairs(const double *sorted, size_t n, struct round_series *series,
		      struct histogram_pair **ret_pairs)
{
	struct histogram histogram = { 0 };
	struct histogram_totals totals;
	size_t count = 0, room;
	int error = histogram_init(&histogram);

	if (!error)
		error = fill_histogram(sorted, n, series->bucket_ticks, &histogram);
	if (!error) {
		room = histogram_pair_count(&histogram);
		*ret_pairs = calloc(room, sizeof(**ret_pairs));
		error = *ret_pairs ? histogram_encode(&histogram, *ret_pairs, room, &count, &totals)
				   : -ENOMEM;
		series->bucket_count = (uint32_t)count;
	}
	histogram_done(&histogram);
	return error;
}

int sample_describe(const struct sample *const *samples, size_t sample_count,
		    struct round_series *ret_series, struct histogram_pair **ret_pairs)
{
	size_t n = total_count(samples, sample_count);
	double *values;
	int error;

	*ret_pairs = NULL;
	if (!n)
		return -ENODATA;
	values = calloc(n, sizeof(*values));
	if (!values)
		return -ENOMEM;
	copy_values(samples, sample_count, values);
	ret_series->is_batch = samples[0]->operations != NULL;
	ret_series->bucket_ticks = ret_series->is_batch ? 1.0 / BATCH_FRACTIONS : 1;
	ret_series->cold = values[0];
	for (size_t s = 0; s < sample_count; s++)
		add_totals(samples[s], ret_series);
	statistics_sort(values, n);
	ret_series->p50 = statistics_median(values, n);
	ret_series->min = values[0];
	ret_series->max = values[n - 1];
	error = make_pairs(values, n, ret_series, ret_pairs);
	free(values);
	if (error) {
		free(*ret_pairs);
		*ret_pairs = NULL;
	}
	return error;
}
