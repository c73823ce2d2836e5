/* SPDX-License-Identifier: MIT */
/* check_sample - raw durations, and what is reported of them */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/sample.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MOST 8

static const struct {
	int64_t ticks[MOST];
	size_t count;
	double median, spread;
} medians[] = {
	{ { 0 }, 0, 0, 0 }, { { 7 }, 1, 7, 0 }, { { 4, 1 }, 2, 2.5, 1.5 },
	{ { 3, 1, 2 }, 3, 2, 1 }, { { 50, 10, 40, 20, 30 }, 5, 30, 20 },
	{ { -4, -2, 6 }, 3, -2, 5 }, { { 5, 5, 5, 5 }, 4, 5, 0 },
};

START_TEST(median_and_spread)
{
	int64_t ticks[MOST];
	struct sample sample = { ticks, NULL, medians[_i].count, MOST };
	double median = 99, spread = 99;

	for (size_t i = 0; i < MOST; i++)
		ticks[i] = medians[_i].ticks[i];
	ck_assert_int_eq(sample_median(&sample, &median, &spread), 0);
	ck_assert_double_eq(median, medians[_i].median);
	ck_assert_double_eq(spread, medians[_i].spread);
	/* of a copy */
	for (size_t i = 0; i < MOST; i++)
		ck_assert_int_eq(ticks[i], medians[_i].ticks[i]);
}
END_TEST

START_TEST(median_of_batches_is_per_operation)
{
	int64_t ticks[] = { 100, 400, 900 };
	uint32_t operations[] = { 10, 10, 30 };
	struct sample sample = { ticks, operations, 3, 3 };
	double median, spread;

	ck_assert_int_eq(sample_median(&sample, &median, &spread), 0);
	ck_assert_double_eq(median, 30);
	ck_assert_double_eq(spread, 15);
}
END_TEST

static uint64_t count_pairs(const struct histogram_pair *pairs, size_t count, double value)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].bucket == histogram_index((uint64_t)value))
			return pairs[i].count;
	return 0;
}

START_TEST(operations_are_described)
{
	int64_t ticks[] = { 30, 10, 20, 10, 1000000 };
	const struct sample sample = { ticks, NULL, 5, 5 };
	const struct sample *samples[] = { &sample };
	struct round_series series = { 0 };
	struct histogram_pair *pairs;

	ck_assert_int_eq(sample_describe(samples, 1, &series, &pairs), 0);
	ck_assert_uint_eq(series.is_batch, 0);
	ck_assert_uint_eq(series.n, 5);
	ck_assert_double_eq(series.p50, 20);
	ck_assert_double_eq(series.min, 10);
	ck_assert_double_eq(series.max, 1000000);
	ck_assert_double_eq(series.sum, 1000070);
	ck_assert_double_eq(series.cold, 30);
	ck_assert_double_eq(series.bucket_ticks, 1);
	ck_assert_uint_eq(series.bucket_count, 4);
	ck_assert_uint_eq(count_pairs(pairs, 4, 10), 2);
	ck_assert_uint_eq(count_pairs(pairs, 4, 20), 1);
	ck_assert_uint_eq(count_pairs(pairs, 4, 30), 1);
	ck_assert_uint_eq(count_pairs(pairs, 4, 1000000), 1);
	free(pairs);
}
END_TEST

/* Means of batches are fractions of a tick: the histogram counts sixty-fourths. */
START_TEST(batches_are_described)
{
	int64_t ticks[] = { 1000, 3, 75 };
	uint32_t operations[] = { 1000, 4, 100 };
	const struct sample sample = { ticks, operations, 3, 3 };
	const struct sample *samples[] = { &sample };
	struct round_series series = { 0 };
	struct histogram_pair *pairs;

	ck_assert_int_eq(sample_describe(samples, 1, &series, &pairs), 0);
	ck_assert_uint_eq(series.is_batch, 1);
	ck_assert_uint_eq(series.n, 1104);
	ck_assert_double_eq(series.sum, 1078);
	ck_assert_double_eq(series.p50, 0.75);
	ck_assert_double_eq(series.min, 0.75);
	ck_assert_double_eq(series.max, 1);
	ck_assert_double_eq(series.cold, 1);
	ck_assert_double_eq(series.bucket_ticks, 1.0 / 64);
	ck_assert_uint_eq(series.bucket_count, 2);
	ck_assert_uint_eq(count_pairs(pairs, 2, 48), 2);
	ck_assert_uint_eq(count_pairs(pairs, 2, 64), 1);
	free(pairs);
}
END_TEST

START_TEST(several_creators_are_one_series)
{
	int64_t first[] = { 5, 1 }, third[] = { 9, 7, 3 };
	const struct sample a = { first, NULL, 2, 2 }, b = { NULL, NULL, 0, 0 };
	const struct sample c = { third, NULL, 3, 3 };
	const struct sample *samples[] = { &a, &b, &c };
	struct round_series series = { 0 };
	struct histogram_pair *pairs;

	ck_assert_int_eq(sample_describe(samples, 3, &series, &pairs), 0);
	ck_assert_uint_eq(series.n, 5);
	ck_assert_double_eq(series.p50, 5);
	ck_assert_double_eq(series.min, 1);
	ck_assert_double_eq(series.max, 9);
	ck_assert_double_eq(series.sum, 25);
	ck_assert_double_eq(series.cold, 5);
	ck_assert_uint_eq(series.bucket_count, 5);
	free(pairs);
}
END_TEST

/* Two clocks disagree, and nothing can be said. */
static const struct { int64_t ticks[3]; uint32_t operations[3]; } negatives[] = {
	{ { -1, 5, 6 }, { 0 } }, { { 5, 6, -1 }, { 0 } }, { { -9, -8, -7 }, { 0 } },
	{ { 100, 100, -1 }, { 100, 100, 100 } }, { { INT64_MIN, 1, 2 }, { 0 } },
};

START_TEST(negative_duration)
{
	int64_t ticks[3];
	uint32_t operations[3];
	const struct sample sample = { ticks, negatives[_i].operations[0] ? operations : NULL, 3,
				       3 };
	const struct sample *samples[] = { &sample };
	struct round_series series = { 0 };
	struct histogram_pair *pairs = (struct histogram_pair *)&series;

	for (int i = 0; i < 3; i++) {
		ticks[i] = negatives[_i].ticks[i];
		operations[i] = negatives[_i].operations[i];
	}
	ck_assert_int_eq(sample_describe(samples, 1, &series, &pairs), -ERANGE);
	ck_assert_ptr_null(pairs);
}
END_TEST

START_TEST(zero_is_a_duration)
{
	int64_t ticks[] = { 0, 0 };
	const struct sample sample = { ticks, NULL, 2, 2 };
	const struct sample *samples[] = { &sample };
	struct round_series series = { 0 };
	struct histogram_pair *pairs;

	ck_assert_int_eq(sample_describe(samples, 1, &series, &pairs), 0);
	ck_assert_double_eq(series.p50, 0);
	ck_assert_uint_eq(series.bucket_count, 1);
	ck_assert_uint_eq(pairs[0].bucket, 0);
	ck_assert_uint_eq(pairs[0].count, 2);
	free(pairs);
}
END_TEST

START_TEST(beyond_any_histogram)
{
	int64_t ticks[] = { 1, INT64_MAX };
	const struct sample sample = { ticks, NULL, 2, 2 };
	const struct sample *samples[] = { &sample };
	struct round_series series = { 0 };
	struct histogram_pair *pairs;

	ck_assert_int_eq(sample_describe(samples, 1, &series, &pairs), -ERANGE);
	ck_assert_ptr_null(pairs);
}
END_TEST

START_TEST(nothing_was_sampled)
{
	const struct sample sample = { NULL, NULL, 0, 0 };
	const struct sample *samples[] = { &sample };
	struct round_series series = { 0 };
	struct histogram_pair *pairs = (struct histogram_pair *)&series;

	ck_assert_int_eq(sample_describe(samples, 1, &series, &pairs), -ENODATA);
	ck_assert_ptr_null(pairs);
}
END_TEST

/* What a worker sends of it is taken for a round. */
START_TEST(description_can_be_sent)
{
	int64_t ticks[] = { 3, 1, 2 };
	const struct sample sample = { ticks, NULL, 3, 3 };
	const struct sample *samples[] = { &sample };
	const struct histogram_pair *got[ROUND_SERIES_MAX];
	struct histogram_pair *pairs;
	struct round round, arrived;
	char *message;

	round_init(&round, "fork");
	round.series_count = 1;
	ck_assert_int_eq(sample_describe(samples, 1, &round.series[0], &pairs), 0);
	round.bytes = (uint32_t)(sizeof(round) + 3 * sizeof(*pairs));
	message = malloc(round.bytes);
	memcpy(message, &round, sizeof(round));
	memcpy(message + sizeof(round), pairs, 3 * sizeof(*pairs));
	ck_assert_int_eq(round_parse(message, round.bytes, &arrived, got), (long)round.bytes);
	free(message);
	free(pairs);
}
END_TEST

static Suite *sample_suite(void)
{
	Suite *suite = suite_create("sample");
	TCase *tcase = tcase_create("samples");

	tcase_add_loop_test(tcase, median_and_spread, 0, (int)COUNT_OF(medians));
	tcase_add_test(tcase, median_of_batches_is_per_operation);
	tcase_add_test(tcase, operations_are_described);
	tcase_add_test(tcase, batches_are_described);
	tcase_add_test(tcase, several_creators_are_one_series);
	tcase_add_loop_test(tcase, negative_duration, 0, (int)COUNT_OF(negatives));
	tcase_add_test(tcase, zero_is_a_duration);
	tcase_add_test(tcase, beyond_any_histogram);
	tcase_add_test(tcase, nothing_was_sampled);
	tcase_add_test(tcase, description_can_be_sent);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(sample_suite());
}
