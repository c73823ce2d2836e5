/* SPDX-License-Identifier: MIT */
/* statistics/histogram - counts durations in log-linear buckets */
#include "statistics/histogram.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE_BYTES 64
#define COUNTS_BYTES (HISTOGRAM_BUCKETS * sizeof(uint64_t))

int histogram_init(struct histogram *histogram)
{
	size_t lines = (COUNTS_BYTES + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES;
	/* Not malloc(): compilers turn malloc + memset into calloc, whose pages
	 * are first touched by the loop being measured. */
	uint64_t *counts = aligned_alloc(CACHE_LINE_BYTES, lines * CACHE_LINE_BYTES);

	if (!counts)
		return -ENOMEM;
	*histogram = (struct histogram) { .counts = counts };
	histogram_reset(histogram);
	return 0;
}

void histogram_done(struct histogram *histogram)
{
	if (!histogram)
		return;
	free(histogram->counts);
	*histogram = (struct histogram) { .least = UINT64_MAX };
}

void histogram_reset(struct histogram *histogram)
{
	uint64_t *counts = histogram->counts;

	memset(counts, 0, COUNTS_BYTES);
	*histogram = (struct histogram) { .counts = counts, .least = UINT64_MAX };
}

static struct histogram_bucket bucket_at(size_t index)
{
	unsigned int octave = (unsigned int)(index >> HISTOGRAM_BITS);
	unsigned int shift = octave > 0 ? octave - 1 : 0;
	uint64_t low = (uint64_t)(index - ((size_t)shift << HISTOGRAM_BITS)) << shift;
	uint64_t high = low + (UINT64_C(1) << shift) - 1;

	return (struct histogram_bucket) {
		.index = index,
		.low = low,
		.high = high < HISTOGRAM_VALUE_MAX ? high : HISTOGRAM_VALUE_MAX,
	};
}

static uint64_t middle_of(const struct histogram_bucket *bucket)
{
	return bucket->low + (bucket->high - bucket->low) / 2;
}

static void widen(struct histogram *histogram, uint64_t least, uint64_t most)
{
	if (least < histogram->least)
		histogram->least = least;
	if (most > histogram->most)
		histogram->most = most;
}

int histogram_record_n(struct histogram *histogram, uint64_t value, uint64_t times)
{
	if (value > HISTOGRAM_VALUE_MAX)
		return -ERANGE;
	if (times > UINT64_MAX - histogram->count)
		return -EOVERFLOW;
	if (times == 0)
		return 0;
	histogram->counts[histogram_index(value)] += times;
	histogram->count += times;
	histogram->sum += (unsigned __int128)value * times;
	widen(histogram, value, value);
	return 0;
}

/* `times` values top, top - interval, ..., all of one bucket. */
static void record_run(struct histogram *histogram, uint64_t top, uint64_t interval,
		       uint64_t times)
{
	uint64_t bottom = top - (times - 1) * interval;

	histogram->counts[histogram_index(top)] += times;
	histogram->count += times;
	histogram->sum += ((unsigned __int128)top + bottom) * times / 2;
	widen(histogram, bottom, top);
}

int histogram_record_corrected(struct histogram *histogram, uint64_t value,
			       uint64_t interval)
{
	uint64_t left = interval > 0 && value >= interval ? value / interval - 1 : 0;
	uint64_t top = value;

	if (value > HISTOGRAM_VALUE_MAX)
		return -ERANGE;
	/* One more for the value itself. */
	if (left + 1 > UINT64_MAX - histogram->count)
		return -EOVERFLOW;
	record_run(histogram, value, 0, 1);
	while (left > 0) {
		uint64_t low, times;

		top -= interval;
		low = bucket_at(histogram_index(top)).low;
		times = (top - low) / interval + 1;
		/* Never more than are left: a bucket that holds two of them is
		 * wider than interval, and so begins far above it. */
		record_run(histogram, top, interval, times);
		top -= (times - 1) * interval;
		left -= times;
	}
	return 0;
}

int histogram_merge(struct histogram *histogram, const struct histogram *from)
{
	if (from->count > UINT64_MAX - histogram->count)
		return -EOVERFLOW;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->counts[i] += from->counts[i];
	histogram->count += from->count;
	histogram->sum += from->sum;
	widen(histogram, from->least, from->most);
	return 0;
}

uint64_t histogram_min(const struct histogram *histogram)
{
	return histogram->count > 0 ? histogram->least : 0;
}

uint64_t histogram_max(const struct histogram *histogram)
{
	return histogram->most;
}

double histogram_mean(const struct histogram *histogram)
{
	if (histogram->count == 0)
		return NAN;
	return (double)histogram->sum / (double)histogram->count;
}

uint64_t histogram_value_at_rank(const struct histogram *histogram, uint64_t rank)
{
	struct histogram_bucket bucket = { 0 };
	uint64_t seen = 0, value;

	if (rank <= 1)
		return histogram_min(histogram);
	if (rank >= histogram->count)
		return histogram->most;
	for (size_t position = 0; histogram_next(histogram, &position, &bucket);) {
		seen += bucket.count;
		if (seen >= rank)
			break;
	}
	/* The outermost buckets reach beyond the values in them. */
	value = middle_of(&bucket);
	if (value < histogram->least)
		return histogram->least;
	return value < histogram->most ? value : histogram->most;
}

uint64_t histogram_percentile(const struct histogram *histogram, double p)
{
	/* 0.07 * 100 is 7.000000000000001: take rounding off before ceil. */
	double rank = ceil(p * (double)histogram->count * (1 - 4 * DBL_EPSILON));

	if (!(rank >= 1))
		return histogram_min(histogram);
	if (rank >= (double)histogram->count)
		return histogram->most;
	return histogram_value_at_rank(histogram, (uint64_t)rank);
}

bool histogram_next(const struct histogram *histogram, size_t *position,
		    struct histogram_bucket *ret_bucket)
{
	for (; *position < HISTOGRAM_BUCKETS; (*position)++) {
		if (histogram->counts[*position] == 0)
			continue;
		*ret_bucket = bucket_at(*position);
		ret_bucket->count = histogram->counts[*position];
		(*position)++;
		return true;
	}
	return false;
}

static uint64_t pairs_for(uint64_t count)
{
	return count / UINT32_MAX + (count % UINT32_MAX > 0);
}

size_t histogram_pair_count(const struct histogram *histogram)
{
	uint64_t pairs = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		pairs += pairs_for(histogram->counts[i]);
	return (size_t)pairs;
}

int histogram_encode(const struct histogram *histogram, struct histogram_pair *pairs,
		     size_t room, size_t *ret_count, struct histogram_totals *ret_totals)
{
	struct histogram_bucket bucket;
	size_t used = 0;

	if (histogram_pair_count(histogram) > room)
		return -ENOSPC;
	for (size_t position = 0; histogram_next(histogram, &position, &bucket);) {
		while (bucket.count > 0) {
			uint32_t part = bucket.count < UINT32_MAX ?
					(uint32_t)bucket.count : UINT32_MAX;

			pairs[used++] = (struct histogram_pair) {
				.bucket = (uint32_t)bucket.index,
				.count = part,
			};
			bucket.count -= part;
		}
	}
	*ret_count = used;
	*ret_totals = (struct histogram_totals) {
		.min = histogram_min(histogram),
		.max = histogram_max(histogram),
		.sum_high = (uint64_t)(histogram->sum >> 64),
		.sum_low = (uint64_t)histogram->sum,
	};
	return 0;
}

static bool are_pairs_sane(const struct histogram_pair *pairs, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++) {
		if (pairs[i].bucket >= HISTOGRAM_BUCKETS || pairs[i].count == 0)
			return false;
		if (__builtin_add_overflow(total, pairs[i].count, &total))
			return false;
		if (i == 0 || pairs[i].bucket > pairs[i - 1].bucket)
			continue;
		/* The same bucket again only if the pair before was full. */
		if (pairs[i].bucket != pairs[i - 1].bucket ||
		    pairs[i - 1].count != UINT32_MAX)
			return false;
	}
	return true;
}

static bool are_totals_sane(const struct histogram_totals *totals,
			    const struct histogram_pair *pairs, size_t count)
{
	unsigned __int128 sum = (unsigned __int128)totals->sum_high << 64 | totals->sum_low;
	unsigned __int128 least = 0, most = 0;

	if (count == 0)
		return totals->min == 0 && totals->max == 0 && sum == 0;
	if (totals->min > totals->max || totals->max > HISTOGRAM_VALUE_MAX ||
	    histogram_index(totals->min) != pairs[0].bucket ||
	    histogram_index(totals->max) != pairs[count - 1].bucket)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct histogram_bucket bucket = bucket_at(pairs[i].bucket);

		least += (unsigned __int128)bucket.low * pairs[i].count;
		most += (unsigned __int128)bucket.high * pairs[i].count;
	}
	return least <= sum && sum <= most;
}

int histogram_decode(struct histogram *histogram, const struct histogram_pair *pairs,
		     size_t count, const struct histogram_totals *totals)
{
	if (!are_pairs_sane(pairs, count) ||
	    (totals && !are_totals_sane(totals, pairs, count)))
		return -EBADMSG;
	histogram_reset(histogram);
	for (size_t i = 0; i < count; i++) {
		struct histogram_bucket bucket = bucket_at(pairs[i].bucket);

		histogram->counts[bucket.index] += pairs[i].count;
		histogram->count += pairs[i].count;
		histogram->sum += (unsigned __int128)middle_of(&bucket) * pairs[i].count;
		widen(histogram, bucket.low, bucket.high);
	}
	if (totals && count > 0) {
		histogram->least = totals->min;
		histogram->most = totals->max;
		histogram->sum = (unsigned __int128)totals->sum_high << 64 | totals->sum_low;
	}
	return 0;
}
