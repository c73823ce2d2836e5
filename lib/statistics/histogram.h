/* SPDX-License-Identifier: MIT */
/*
 * statistics/histogram - counts durations in log-linear buckets
 *
 * What:    128 buckets per octave; a value below 256 has a bucket of its own, a
 *          larger one is represented by its bucket's middle, at most 0.4 % off
 *          (1/256). Count, smallest, largest and sum are kept exactly.
 * Units:   whole numbers from 0 to HISTOGRAM_VALUE_MAX (2^62), in a unit of the
 *          caller's choice, normally ns. A negative duration cast to uint64_t
 *          lies above that and is refused, not wrapped into some bucket.
 * Owner:   the struct owns its heap, about 56 KiB, from histogram_init() to
 *          histogram_done(); all of it is touched by init, so recording neither
 *          allocates nor faults.
 * Threads: one struct, one thread; record apart, then histogram_merge().
 * Errors:  0 or -errno: -ENOMEM, -ERANGE a value above the maximum, -EOVERFLOW
 *          more than 2^64 - 1 values, -EINVAL, -ENOSPC, -EBADMSG as stated.
 *          A histogram is unchanged by a call that fails.
 * Sources: handoff-method(7) PERCENTILES; back-fill as in HdrHistogram.
 */
#ifndef HANDOFF_HISTOGRAM_H
#define HANDOFF_HISTOGRAM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BITS 7
#define HISTOGRAM_VALUE_MAX (UINT64_C(1) << 62)
/* One past the bucket of the largest value, histogram_index(2^62) = 7168. */
#define HISTOGRAM_BUCKETS (((62 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS) + 1)

struct histogram {
	uint64_t *counts;	/* HISTOGRAM_BUCKETS of them */
	uint64_t count;
	uint64_t least, most;	/* UINT64_MAX and 0 while empty */
	unsigned __int128 sum;
};

struct histogram_bucket {
	size_t index;
	uint64_t low, high;	/* both inclusive */
	uint64_t count;
};

/* One bucket as sent and stored; a count above 2^32 - 1 takes several pairs. */
struct histogram_pair {
	uint32_t bucket, count;
};

/* What the pairs cannot tell exactly; all 0 for an empty histogram. */
struct histogram_totals {
	uint64_t min, max;
	uint64_t sum_high, sum_low;
};

int histogram_init(struct histogram *histogram) __attribute__((warn_unused_result));

/* Takes NULL, a zeroed struct and one already done. */
void histogram_done(struct histogram *histogram);

/* Back to empty, keeping the memory. */
void histogram_reset(struct histogram *histogram);

/* Bucket of a value up to HISTOGRAM_VALUE_MAX. */
static inline size_t histogram_index(uint64_t value)
{
	/* The top 8 bits of the value, whose first is always 1, pick a bucket
	 * within the octave; ORing that bit makes small values exact. */
	unsigned int shift = 63 - HISTOGRAM_BITS -
		(unsigned int)__builtin_clzll(value | UINT64_C(1) << HISTOGRAM_BITS);

	return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* The hot path: 0, or -ERANGE and nothing recorded. */
static inline int __attribute__((warn_unused_result))
histogram_record(struct histogram *histogram, uint64_t value)
{
	if (__builtin_expect(value > HISTOGRAM_VALUE_MAX, 0))
		return -ERANGE;
	histogram->counts[histogram_index(value)]++;
	histogram->count++;
	histogram->sum += value;
	histogram->least = value < histogram->least ? value : histogram->least;
	histogram->most = value > histogram->most ? value : histogram->most;
	return 0;
}

/* The same value `times` times. -ERANGE, -EOVERFLOW. */
int histogram_record_n(struct histogram *histogram, uint64_t value, uint64_t times)
	__attribute__((warn_unused_result));

/*
 * A value measured by a loop that should have measured every `interval`, and
 * so omitted what it would have seen while stalled: adds value - interval,
 * value - 2 interval, ... down to interval (coordinated omission). interval 0
 * adds nothing. Takes a step per bucket, not per value added.
 * -ERANGE, -EOVERFLOW.
 */
int histogram_record_corrected(struct histogram *histogram, uint64_t value,
			       uint64_t interval) __attribute__((warn_unused_result));

/* Adds all of `from`, which stays as it is. -EOVERFLOW. */
int histogram_merge(struct histogram *histogram, const struct histogram *from)
	__attribute__((warn_unused_result));

/* Exact; 0 while empty. */
uint64_t histogram_min(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram);

/* From the exact sum; NAN while empty. */
double histogram_mean(const struct histogram *histogram);

/*
 * The rank-th smallest value, 1 <= rank <= count (brought into that range if
 * not); exact for the first and the last, else the middle of its bucket.
 * 0 while empty.
 */
uint64_t histogram_value_at_rank(const struct histogram *histogram, uint64_t rank);

/* Value at rank ceil(p count), p a fraction: 0.99 for p99. */
uint64_t histogram_percentile(const struct histogram *histogram, double p);

/*
 * Non-empty buckets in ascending order: start with *position = 0, call until
 * false. ret_bucket is untouched then.
 */
bool histogram_next(const struct histogram *histogram, size_t *position,
		    struct histogram_bucket *ret_bucket);

/* Pairs that histogram_encode() will need. */
size_t histogram_pair_count(const struct histogram *histogram);

/*
 * Writes the non-empty buckets in ascending order. -ENOSPC if `room` pairs are
 * too few; then nothing is written.
 */
int histogram_encode(const struct histogram *histogram, struct histogram_pair *pairs,
		     size_t room, size_t *ret_count, struct histogram_totals *ret_totals)
	__attribute__((warn_unused_result));

/*
 * Replaces the content of an initialised histogram. The input may be hostile:
 * anything histogram_encode() could not have written (bucket out of range or
 * order, count 0, totals that contradict the buckets) is -EBADMSG. Without
 * totals (NULL), sum and extremes are taken from the buckets' middles and bounds.
 */
int histogram_decode(struct histogram *histogram, const struct histogram_pair *pairs,
		     size_t count, const struct histogram_totals *totals)
	__attribute__((warn_unused_result));

#endif
