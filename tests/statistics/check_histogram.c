/* SPDX-License-Identifier: MIT */
/* check_histogram - lib/statistics/histogram: buckets, ranks, back-fill, hostile input */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "statistics/histogram.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)
#define RELATIVE_ERROR_MAX (1. / 256)

static struct histogram histogram, other;

static void setup(void)
{
	ck_assert_int_eq(histogram_init(&histogram), 0);
	ck_assert_int_eq(histogram_init(&other), 0);
}

static void teardown(void)
{
	histogram_done(&histogram);
	histogram_done(&other);
}

static void record(struct histogram *into, uint64_t value, uint64_t times)
{
	ck_assert_int_eq(histogram_record_n(into, value, times), 0);
}

static void assert_near(uint64_t value, double expected)
{
	ck_assert_double_le(fabs((double)value - expected), expected * RELATIVE_ERROR_MAX);
}

static void assert_same(const struct histogram *a, const struct histogram *b)
{
	ck_assert_uint_eq(a->count, b->count);
	ck_assert(a->sum == b->sum);
	ck_assert_uint_eq(histogram_min(a), histogram_min(b));
	ck_assert_uint_eq(histogram_max(a), histogram_max(b));
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		ck_assert_uint_eq(a->counts[i], b->counts[i]);
}

static const struct { uint64_t value; size_t index; uint64_t low, high; } buckets[] = {
	{ 0, 0, 0, 0 }, { 1, 1, 1, 1 }, { 127, 127, 127, 127 }, { 128, 128, 128, 128 },
	{ 255, 255, 255, 255 }, { 256, 256, 256, 257 }, { 257, 256, 256, 257 },
	{ 258, 257, 258, 259 }, { 511, 383, 510, 511 }, { 512, 384, 512, 515 },
	{ 1000000, 1780, 999424, 1003519 },
	{ (UINT64_C(1) << 62) - 1, 7167, UINT64_C(255) << 54, (UINT64_C(1) << 62) - 1 },
	{ UINT64_C(1) << 62, 7168, UINT64_C(1) << 62, UINT64_C(1) << 62 },
};

START_TEST(bucket_of_a_value)
{
	struct histogram_bucket bucket;
	size_t position = 0;

	ck_assert_uint_eq(histogram_index(buckets[_i].value), buckets[_i].index);
	ck_assert_int_eq(histogram_record(&histogram, buckets[_i].value), 0);
	ck_assert(histogram_next(&histogram, &position, &bucket));
	ck_assert_uint_eq(bucket.index, buckets[_i].index);
	ck_assert_uint_eq(bucket.low, buckets[_i].low);
	ck_assert_uint_eq(bucket.high, buckets[_i].high);
	ck_assert_uint_eq(bucket.count, 1);
	ck_assert(!histogram_next(&histogram, &position, &bucket));
	ck_assert(!histogram_next(&histogram, &position, &bucket));
}
END_TEST

START_TEST(buckets_touch_and_are_narrow)
{
	struct histogram_bucket bucket;
	uint64_t next = 0;
	size_t seen = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram.counts[i] = 1;
	for (size_t position = 0; histogram_next(&histogram, &position, &bucket); seen++) {
		ck_assert_uint_eq(bucket.low, next);
		ck_assert_uint_eq(histogram_index(bucket.low), bucket.index);
		ck_assert_uint_eq(histogram_index(bucket.high), bucket.index);
		ck_assert_double_le((double)(bucket.high - bucket.low) / 2,
				    (double)bucket.low * RELATIVE_ERROR_MAX);
		next = bucket.high + 1;
	}
	ck_assert_uint_eq(seen, HISTOGRAM_BUCKETS);
	ck_assert_uint_eq(next, HISTOGRAM_VALUE_MAX + 1);
}
END_TEST

START_TEST(empty)
{
	struct histogram_bucket bucket;
	size_t position = 0;

	ck_assert_uint_eq(histogram_min(&histogram), 0);
	ck_assert_uint_eq(histogram_max(&histogram), 0);
	ck_assert_uint_eq(histogram_percentile(&histogram, .5), 0);
	ck_assert_uint_eq(histogram_value_at_rank(&histogram, 5), 0);
	ck_assert_double_nan(histogram_mean(&histogram));
	ck_assert(!histogram_next(&histogram, &position, &bucket));
	ck_assert_uint_eq(histogram_pair_count(&histogram), 0);
}
END_TEST

START_TEST(one_and_two_values_are_exact)
{
	ck_assert_int_eq(histogram_record(&histogram, 1234567), 0);
	ck_assert_uint_eq(histogram_percentile(&histogram, 0), 1234567);
	ck_assert_uint_eq(histogram_percentile(&histogram, .5), 1234567);
	ck_assert_uint_eq(histogram_percentile(&histogram, 1), 1234567);
	ck_assert_int_eq(histogram_record(&histogram, 7654321), 0);
	ck_assert_uint_eq(histogram_percentile(&histogram, .5), 1234567);
	ck_assert_uint_eq(histogram_percentile(&histogram, .51), 7654321);
	ck_assert_double_eq(histogram_mean(&histogram), (1234567 + 7654321) / 2.);
}
END_TEST

START_TEST(ranks_of_a_ramp)
{
	for (uint64_t value = 1; value <= 100000; value++)
		ck_assert_int_eq(histogram_record(&histogram, value), 0);
	ck_assert_uint_eq(histogram.count, 100000);
	for (uint64_t rank = 1; rank <= 100000; rank += 97)
		assert_near(histogram_value_at_rank(&histogram, rank), (double)rank);
	ck_assert_uint_eq(histogram_value_at_rank(&histogram, 0), 1);
	ck_assert_uint_eq(histogram_value_at_rank(&histogram, 200), 200);
	ck_assert_uint_eq(histogram_value_at_rank(&histogram, 100001), 100000);
	assert_near(histogram_percentile(&histogram, .999), 99900);
	ck_assert_uint_eq(histogram_percentile(&histogram, 2), 100000);
	ck_assert_uint_eq(histogram_percentile(&histogram, -1), 1);
	ck_assert_uint_eq(histogram_percentile(&histogram, NAN), 1);
	ck_assert_double_eq(histogram_mean(&histogram), 50000.5);
}
END_TEST

/* Rank ceil(p n), where p n in doubles may come out above a whole number. */
static const struct { double p; uint64_t value; } hundred[] = {
	{ .01, 1 }, { .07, 7 }, { .29, 29 }, { .5, 50 }, { .501, 51 }, { .57, 57 },
	{ .9, 90 }, { .99, 99 }, { .991, 100 }, { 1, 100 },
};

START_TEST(percentile_rank)
{
	for (uint64_t value = 1; value <= 100; value++)
		record(&histogram, value, 1);
	ck_assert_uint_eq(histogram_percentile(&histogram, hundred[_i].p), hundred[_i].value);
}
END_TEST

START_TEST(middles_stay_within_the_extremes)
{
	/* one bucket, 999424 to 1003519, middle 1001471 */
	record(&histogram, 999500, 3);
	record(&histogram, 999600, 3);
	ck_assert_uint_eq(histogram_value_at_rank(&histogram, 3), 999600);
	histogram_reset(&histogram);
	record(&histogram, 1003000, 3);
	record(&histogram, 1003100, 3);
	ck_assert_uint_eq(histogram_value_at_rank(&histogram, 3), 1003000);
	histogram_reset(&histogram);
	record(&histogram, 999500, 3);
	record(&histogram, 1003100, 3);
	ck_assert_uint_eq(histogram_value_at_rank(&histogram, 3), 1001471);
}
END_TEST

START_TEST(too_large_is_refused_not_wrapped)
{
	struct histogram_pair pairs[1];
	struct histogram_totals totals;
	size_t count;
	int64_t negative = -5;

	ck_assert_int_eq(histogram_record(&histogram, HISTOGRAM_VALUE_MAX + 1), -ERANGE);
	ck_assert_int_eq(histogram_record(&histogram, (uint64_t)negative), -ERANGE);
	ck_assert_int_eq(histogram_record_n(&histogram, UINT64_MAX, 2), -ERANGE);
	ck_assert_int_eq(histogram_record_corrected(&histogram, UINT64_MAX, 1), -ERANGE);
	ck_assert_int_eq(histogram_encode(&histogram, pairs, 1, &count, &totals), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(histogram_record(&histogram, HISTOGRAM_VALUE_MAX), 0);
	ck_assert_uint_eq(histogram.count, 1);
}
END_TEST

START_TEST(counts_do_not_wrap)
{
	record(&histogram, 1, UINT64_MAX - 1);
	ck_assert_int_eq(histogram_record_n(&histogram, 2, 2), -EOVERFLOW);
	ck_assert_int_eq(histogram_record_corrected(&histogram, 20, 10), -EOVERFLOW);
	record(&other, 3, 2);
	ck_assert_int_eq(histogram_merge(&histogram, &other), -EOVERFLOW);
	ck_assert_uint_eq(histogram.count, UINT64_MAX - 1);
	ck_assert_uint_eq(histogram_max(&histogram), 1);
	record(&histogram, 2, 1);
	ck_assert_uint_eq(histogram.count, UINT64_MAX);
}
END_TEST

START_TEST(sum_is_exact_beyond_64_bits)
{
	record(&histogram, HISTOGRAM_VALUE_MAX, UINT64_C(1) << 40);
	ck_assert(histogram.sum == (unsigned __int128)1 << 102);
	ck_assert_double_eq(histogram_mean(&histogram), 0x1p62);
}
END_TEST

START_TEST(record_n_equals_repetition)
{
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(histogram_record(&other, 777777), 0);
	record(&histogram, 777777, 5);
	assert_same(&histogram, &other);
	record(&histogram, 1, 0);
	assert_same(&histogram, &other);
}
END_TEST

START_TEST(merge_adds_and_keeps_the_source)
{
	struct histogram both;

	ck_assert_int_eq(histogram_init(&both), 0);
	for (uint64_t value = 1; value < 1000000; value = value * 3 + 1) {
		record(value % 2 ? &histogram : &other, value, value % 7 + 1);
		record(&both, value, value % 7 + 1);
	}
	ck_assert_int_eq(histogram_merge(&histogram, &other), 0);
	assert_same(&histogram, &both);
	histogram_reset(&both);
	ck_assert_int_eq(histogram_merge(&both, &other), 0);
	assert_same(&both, &other);
	/* an empty one brings no extremes along */
	histogram_reset(&other);
	ck_assert_int_eq(histogram_merge(&histogram, &other), 0);
	ck_assert_uint_eq(histogram_min(&histogram), 1);
	histogram_done(&both);
}
END_TEST

/* 10,000 x 1 ms, then one stall of 100 s, period 10 ms. */
START_TEST(coordinated_omission)
{
	for (int i = 0; i < 10000; i++) {
		ck_assert_int_eq(histogram_record(&histogram, NS_PER_MS), 0);
		ck_assert_int_eq(histogram_record_corrected(&other, NS_PER_MS,
							    10 * NS_PER_MS), 0);
	}
	ck_assert_int_eq(histogram_record(&histogram, 100 * NS_PER_S), 0);
	ck_assert_int_eq(histogram_record_corrected(&other, 100 * NS_PER_S,
						    10 * NS_PER_MS), 0);
	assert_near(histogram_percentile(&histogram, .99), 1e6);
	ck_assert_double_eq_tol(histogram_mean(&histogram) / 1e6, 11.0, .05);

	ck_assert_uint_eq(other.count, 20000);
	assert_near(histogram_percentile(&other, .50), 1e6);
	assert_near(histogram_percentile(&other, .75), 50e9);
	assert_near(histogram_percentile(&other, .99), 98e9);
	ck_assert_uint_eq(histogram_max(&other), 100 * NS_PER_S);
	ck_assert_double_eq_tol(histogram_mean(&other) / 1e9, 25.0, .05);
	ck_assert_double_eq_tol(histogram_mean(&other) / 1e9, 25.003, 1e-6);
}
END_TEST

static const struct { uint64_t value, interval; } stalls[] = {
	{ 0, 0 }, { 0, 10 }, { 9, 10 }, { 10, 10 }, { 11, 10 }, { 19, 10 }, { 20, 10 },
	{ 21, 10 }, { 100, 1 }, { 1000, 1 }, { 1000000, 3 }, { 1000000, 997 },
	{ 1000000, 1000000 }, { 1000000, 500000 }, { 1000, 0 }, { 1, 1 }, { 2, 1 },
};

/* Bucket by bucket must equal value by value. */
START_TEST(back_fill_equals_the_plain_loop)
{
	uint64_t value = stalls[_i].value, interval = stalls[_i].interval;

	record(&other, value, 1);
	for (uint64_t v = value; interval > 0 && v >= 2 * interval; v -= interval)
		record(&other, v - interval, 1);
	ck_assert_int_eq(histogram_record_corrected(&histogram, value, interval), 0);
	assert_same(&histogram, &other);
}
END_TEST

START_TEST(back_fill_of_a_huge_stall_ends)
{
	uint64_t value = UINT64_C(1) << 61;

	ck_assert_int_eq(histogram_record_corrected(&histogram, value, 1), 0);
	ck_assert_uint_eq(histogram.count, value);
	ck_assert_uint_eq(histogram_min(&histogram), 1);
	ck_assert_double_eq_tol(histogram_mean(&histogram) / 0x1p60, 1, 1e-12);
}
END_TEST

START_TEST(encode_and_decode)
{
	struct histogram_pair pairs[64];
	struct histogram_totals totals;
	size_t count = 0;

	for (uint64_t value = 1; value < NS_PER_S; value *= 3)
		record(&histogram, value, value % 5 + 1);
	record(&histogram, 12345, (UINT64_C(3) << 32) + 7);
	ck_assert_uint_le(histogram_pair_count(&histogram), COUNT_OF(pairs));
	ck_assert_int_eq(histogram_encode(&histogram, pairs,
					  histogram_pair_count(&histogram) - 1,
					  &count, &totals), -ENOSPC);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(histogram_encode(&histogram, pairs, COUNT_OF(pairs),
					  &count, &totals), 0);
	ck_assert_uint_eq(count, histogram_pair_count(&histogram));
	record(&other, 5, 5);
	ck_assert_int_eq(histogram_decode(&other, pairs, count, &totals), 0);
	assert_same(&histogram, &other);
}
END_TEST

START_TEST(encode_and_decode_nothing)
{
	static const struct histogram_totals wrong[] = {
		{ .min = 1 }, { .max = 1 }, { .sum_low = 1 }, { .sum_high = 1 },
	};
	struct histogram_totals totals;
	size_t count = 9;

	ck_assert_int_eq(histogram_encode(&histogram, NULL, 0, &count, &totals), 0);
	ck_assert_uint_eq(count, 0);
	record(&other, 5, 5);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		ck_assert_int_eq(histogram_decode(&other, NULL, 0, &wrong[i]), -EBADMSG);
	ck_assert_uint_eq(other.count, 5);
	ck_assert_int_eq(histogram_decode(&other, NULL, 0, &totals), 0);
	assert_same(&histogram, &other);
	ck_assert_int_eq(histogram_decode(&other, NULL, 0, NULL), 0);
	assert_same(&histogram, &other);
}
END_TEST

START_TEST(decode_without_totals)
{
	static const struct histogram_pair pairs[] = { { 10, 2 }, { 256, 1 } };

	ck_assert_int_eq(histogram_decode(&histogram, pairs, 2, NULL), 0);
	ck_assert_uint_eq(histogram.count, 3);
	ck_assert_uint_eq(histogram_min(&histogram), 10);
	ck_assert_uint_eq(histogram_max(&histogram), 257);
	ck_assert(histogram.sum == 276);
}
END_TEST

static const struct {
	struct histogram_pair pairs[3];
	size_t count;
	struct histogram_totals totals;
	bool are_pairs_sane;	/* and only the totals contradict them */
} hostile[] = {
	{ { { HISTOGRAM_BUCKETS, 1 } }, 1, { 0 }, false },
	{ { { UINT32_MAX, 1 } }, 1, { 0 }, false },
	{ { { 5, 0 } }, 1, { 5, 5, 0, 0 }, false },
	{ { { 5, 1 }, { 4, 1 } }, 2, { 5, 4, 0, 9 }, false },
	{ { { 5, UINT32_MAX }, { 4, 1 } }, 2, { 5, 4, 0, 9 }, false },
	{ { { 5, 1 }, { 5, 1 } }, 2, { 5, 5, 0, 10 }, false },
	{ { { 5, 1 }, { 6, 1 }, { 6, 1 } }, 3, { 5, 6, 0, 17 }, false },
	{ { { 5, 1 }, { 256, 1 } }, 2, { 4, 256, 0, 261 }, true },
	{ { { 5, 1 }, { 256, 1 } }, 2, { 5, 258, 0, 261 }, true },
	{ { { 5, 1 }, { 256, 1 } }, 2, { 5, 256, 0, 260 }, true },
	{ { { 5, 1 }, { 256, 1 } }, 2, { 5, 256, 0, 263 }, true },
	{ { { 5, 1 }, { 256, 1 } }, 2, { 5, 256, 1, 261 }, true },
	{ { { 256, 2 } }, 1, { 257, 256, 0, 513 }, true },
	{ { { 7168, 1 } }, 1, { HISTOGRAM_VALUE_MAX, HISTOGRAM_VALUE_MAX + 1,
			      0, HISTOGRAM_VALUE_MAX }, true },
};

START_TEST(decode_refuses_what_encode_cannot_write)
{
	record(&histogram, 3, 3);
	ck_assert_int_eq(histogram_decode(&histogram, hostile[_i].pairs, hostile[_i].count,
					  &hostile[_i].totals), -EBADMSG);
	ck_assert_uint_eq(histogram.count, 3);
	ck_assert_uint_eq(histogram_max(&histogram), 3);
	ck_assert_int_eq(histogram_decode(&histogram, hostile[_i].pairs, hostile[_i].count, NULL),
			 hostile[_i].are_pairs_sane ? 0 : -EBADMSG);
}
END_TEST

START_TEST(done_takes_anything)
{
	struct histogram zeroed = { 0 };

	histogram_done(NULL);
	histogram_done(&zeroed);
	histogram_done(&zeroed);
	ck_assert_ptr_null(zeroed.counts);
}
END_TEST

static Suite *histogram_suite(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = tcase_create("histogram");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, bucket_of_a_value, 0, COUNT_OF(buckets));
	tcase_add_test(tcase, buckets_touch_and_are_narrow);
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, one_and_two_values_are_exact);
	tcase_add_test(tcase, ranks_of_a_ramp);
	tcase_add_loop_test(tcase, percentile_rank, 0, COUNT_OF(hundred));
	tcase_add_test(tcase, middles_stay_within_the_extremes);
	tcase_add_test(tcase, too_large_is_refused_not_wrapped);
	tcase_add_test(tcase, counts_do_not_wrap);
	tcase_add_test(tcase, sum_is_exact_beyond_64_bits);
	tcase_add_test(tcase, record_n_equals_repetition);
	tcase_add_test(tcase, merge_adds_and_keeps_the_source);
	tcase_add_test(tcase, coordinated_omission);
	tcase_add_loop_test(tcase, back_fill_equals_the_plain_loop, 0, COUNT_OF(stalls));
	tcase_add_test(tcase, back_fill_of_a_huge_stall_ends);
	tcase_add_test(tcase, encode_and_decode);
	tcase_add_test(tcase, encode_and_decode_nothing);
	tcase_add_test(tcase, decode_without_totals);
	tcase_add_loop_test(tcase, decode_refuses_what_encode_cannot_write, 0,
			    COUNT_OF(hostile));
	tcase_add_test(tcase, done_takes_anything);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(histogram_suite());
}
