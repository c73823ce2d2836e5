/* SPDX-License-Identifier: MIT */
/* check_series - what rounds leave in the series of their cell, whatever became of them */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/series.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A proved round of one metric, n operations in the bucket of p50. */
struct said {
	struct round round;
	struct histogram_pair pairs[ROUND_SERIES_MAX];
};

static void say(struct said *said, const char *metric, double p50)
{
	uint32_t at = said->round.series_count++;
	struct round_series *series = &said->round.series[at];

	*series = (struct round_series){
		.n = 100, .p50 = p50, .min = p50 - 1, .max = p50 + 1, .sum = 100 * p50,
		.cold = 2 * p50, .bucket_count = 1, .bucket_ticks = 1,
	};
	strcpy(series->metric, metric);
	said->pairs[at] = (struct histogram_pair){ (uint32_t)histogram_index((uint64_t)p50), 100 };
}

static void begin(struct said *said)
{
	memset(said, 0, sizeof(*said));
	round_init(&said->round, "fork");
	ck_assert_int_eq(round_add_proof(&said->round, "children", PROOF_EQUAL, 100, 100), 0);
}

static void add(struct series *series, const struct said *said)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];

	for (int i = 0; i < ROUND_SERIES_MAX; i++)
		pairs[i] = &said->pairs[i];
	ck_assert_int_eq(series_add(series, &said->round, pairs), 0);
}

static void add_measured(struct series *series, const char *metric, double p50)
{
	struct said said;

	begin(&said);
	say(&said, metric, p50);
	add(series, &said);
}

static void add_lost(struct series *series, enum round_status status, int error, const char *step,
		     const char *reason)
{
	struct said said;

	begin(&said);
	say(&said, "life", 1);
	round_fail(&said.round, status, error, step, reason);
	add(series, &said);
}

static void add_disproved(struct series *series, double observed)
{
	struct said said;

	begin(&said);
	say(&said, "life", 1);
	said.round.proofs[0].observed = observed;
	add(series, &said);
}

static void check_rounds(const struct metric_series *metric, const double *expected, size_t count)
{
	ck_assert_ptr_nonnull(metric);
	ck_assert_uint_eq(metric->rounds, count);
	for (size_t i = 0; i < count; i++)
		if (isnan(expected[i]))
			ck_assert_double_nan(metric->round_p50[i]);
		else
			ck_assert_double_eq(metric->round_p50[i], expected[i]);
}

START_TEST(grows_by_one_entry_a_round)
{
	static const double expected[] = { NAN, 10, NAN, NAN, 20, NAN, 30, NAN };
	struct series series = { 0 };

	add_lost(&series, ROUND_FAILED, EAGAIN, "fork", "first");
	add_measured(&series, "life", 10);
	add_lost(&series, ROUND_SKIPPED, ENOSYS, "open", "second");
	add_disproved(&series, 99);
	add_measured(&series, "life", 20);
	ck_assert_int_eq(series_pass(&series), 0);
	add_measured(&series, "life", 30);
	add_lost(&series, ROUND_FAILED, EIO, "wait", "last");
	check_rounds(series_metric(&series, "life"), expected, COUNT_OF(expected));
	ck_assert_uint_eq(series.rounds, 8);
	ck_assert_uint_eq(series.valid, 3);
	ck_assert_uint_eq(series.invalid, 1);
	ck_assert_uint_eq(series.failed, 2);
	ck_assert_uint_eq(series.skipped, 1);
	ck_assert_str_eq(series.last_step, "wait");
	ck_assert_str_eq(series.last_reason, "last");
	ck_assert_int_eq(series.last_error, EIO);
	series_done(&series);
}
END_TEST

/* What has no place could be what does not hold. */
START_TEST(proofs_of_other_names_are_a_contradiction)
{
	struct series series = { 0 };
	struct said said;

	add_measured(&series, "life", 10);
	begin(&said);
	say(&said, "life", 20);
	for (uint32_t i = 0; i < ROUND_PROOFS_MAX; i++) {
		struct round_proof *proof = &said.round.proofs[i];

		*proof = said.round.proofs[0];
		snprintf(proof->name, sizeof(proof->name), "other-%u", i);
	}
	said.round.proof_count = ROUND_PROOFS_MAX - 1;
	add(&series, &said);
	ck_assert_uint_eq(series.valid, 2);
	ck_assert_uint_eq(series.proof_count, ROUND_PROOFS_MAX);
	said.round.proof_count = ROUND_PROOFS_MAX;
	add(&series, &said);
	ck_assert_uint_eq(series.valid, 2);
	/* measured, and not true: it counts against the cell as a proof that failed */
	ck_assert_uint_eq(series.invalid, 1);
	ck_assert_uint_eq(series.failed, 0);
	ck_assert_uint_eq(series.proof_count, ROUND_PROOFS_MAX);
	ck_assert_str_eq(series.last_reason, "its answer contradicts itself");
	series_done(&series);
}
END_TEST

START_TEST(metrics_come_and_go)
{
	static const double life[] = { 10, NAN, 30, NAN }, call[] = { NAN, 2, 3, NAN };
	struct series series = { 0 };
	struct said both;

	add_measured(&series, "life", 10);
	add_measured(&series, "call", 2);
	begin(&both);
	say(&both, "call", 3);
	say(&both, "life", 30);
	add(&series, &both);
	ck_assert_int_eq(series_pass(&series), 0);
	check_rounds(series_metric(&series, "life"), life, COUNT_OF(life));
	check_rounds(series_metric(&series, "call"), call, COUNT_OF(call));
	ck_assert_ptr_null(series_metric(&series, "exec"));
	ck_assert_ptr_null(series_metric(&series, ""));
	series_done(&series);
}
END_TEST

START_TEST(overhead_is_taken_off_and_nothing_is_clamped)
{
	static const double expected[] = { 7, -2.5 };
	const struct metric_series *metric;
	struct series series = { 0 };
	struct said said;

	for (int i = 0; i < 2; i++) {
		begin(&said);
		say(&said, "life", i ? 10 : 15);
		said.round.series[0].overhead = i ? 12.5 : 8;
		said.round.series[0].overhead_spread = i ? 0.5 : 0.75;
		add(&series, &said);
	}
	metric = series_metric(&series, "life");
	check_rounds(metric, expected, COUNT_OF(expected));
	ck_assert_double_eq(metric->overheads[0], 8);
	ck_assert_double_eq(metric->overheads[1], 12.5);
	ck_assert_double_eq(metric->overhead_spread, 0.75);
	ck_assert_double_eq(metric->colds[1], 20);
	series_done(&series);
}
END_TEST

START_TEST(operations_are_merged)
{
	const struct metric_series *metric;
	struct series series = { 0 };

	add_measured(&series, "life", 10);
	add_measured(&series, "life", 1000);
	add_disproved(&series, 0);
	metric = series_metric(&series, "life");
	ck_assert_uint_eq(metric->n, 200);
	ck_assert_uint_eq(metric->valid, 2);
	ck_assert_double_eq(metric->sum, 101000);
	ck_assert_double_eq(metric->min, 9);
	ck_assert_double_eq(metric->max, 1001);
	ck_assert_uint_eq(metric->histogram.count, 200);
	ck_assert_uint_eq(metric->histogram.counts[histogram_index(10)], 100);
	ck_assert_uint_eq(metric->histogram.counts[histogram_index(1000)], 100);
	ck_assert(!metric->is_batch);
	ck_assert_double_eq(metric->bucket_ticks, 1);
	series_done(&series);
}
END_TEST

START_TEST(proofs_are_summed_and_the_broken_kept)
{
	struct series series = { 0 };
	struct said said;

	add_measured(&series, "life", 10);
	begin(&said);
	say(&said, "life", 10);
	ck_assert_int_eq(round_add_proof(&said.round, "late", PROOF_AT_LEAST, 1, 5), 0);
	add(&series, &said);
	ck_assert_uint_eq(series.proof_count, 2);
	ck_assert_str_eq(series.proofs[0].proof.name, "children");
	ck_assert_double_eq(series.proofs[0].proof.expected, 200);
	ck_assert_double_eq(series.proofs[0].proof.observed, 200);
	ck_assert_uint_eq(series.proofs[0].broken, 0);
	ck_assert_str_eq(series.proofs[1].proof.name, "late");
	ck_assert_double_eq(series.proofs[1].proof.observed, 5);
	add_disproved(&series, 42);
	add_disproved(&series, 41);
	ck_assert_uint_eq(series.proofs[0].broken, 2);
	ck_assert_double_eq(series.proofs[0].worst.expected, 100);
	ck_assert_double_eq(series.proofs[0].worst.observed, 41);
	ck_assert_uint_eq(series.proofs[1].broken, 0);
	series_done(&series);
}
END_TEST

START_TEST(round_without_a_proof_is_not_valid)
{
	struct series series = { 0 };
	struct said said;

	begin(&said);
	say(&said, "life", 10);
	said.round.proof_count = 0;
	add(&series, &said);
	ck_assert_uint_eq(series.valid, 0);
	ck_assert_uint_eq(series.invalid, 1);
	ck_assert_ptr_null(series_metric(&series, "life"));
	series_done(&series);
}
END_TEST

START_TEST(figures_are_of_valid_rounds)
{
	struct series series = { 0 };
	struct said said;

	for (int i = 0; i < 3; i++) {
		begin(&said);
		say(&said, "life", 10);
		ck_assert_int_eq(round_add_figure(&said.round, "cpu_ns_per_op", 5 + i), 0);
		if (i == 1)
			said.round.proofs[0].observed = 0;
		if (i == 2)
			ck_assert_int_eq(round_add_figure(&said.round, "kib_per_task", 9), 0);
		add(&series, &said);
	}
	ck_assert_uint_eq(series.figure_count, 2);
	ck_assert_str_eq(series.figures[0].name, "cpu_ns_per_op");
	ck_assert_uint_eq(series.figures[0].count, 2);
	ck_assert_double_eq(series.figures[0].values[0], 5);
	ck_assert_double_eq(series.figures[0].values[1], 7);
	ck_assert_str_eq(series.figures[1].name, "kib_per_task");
	ck_assert_uint_eq(series.figures[1].count, 1);
	series_done(&series);
}
END_TEST

/* Names beyond what there is room for are dropped, and nothing else is. */
START_TEST(tables_are_bounded)
{
	struct series series = { 0 };
	struct said said;

	for (int i = 0; i < 30; i++) {
		char name[16];

		begin(&said);
		say(&said, "life", 10);
		snprintf(name, sizeof(name), "x%d", i % (ROUND_PROOFS_MAX - 1));
		ck_assert_int_eq(round_add_proof(&said.round, name, PROOF_EQUAL, 1, 1), 0);
		snprintf(name, sizeof(name), "x%d", i);
		ck_assert_int_eq(round_add_figure(&said.round, name, i), 0);
		add(&series, &said);
	}
	ck_assert_uint_eq(series.proof_count, ROUND_PROOFS_MAX);
	ck_assert_uint_eq(series.figure_count, ROUND_FIGURES_MAX);
	ck_assert_uint_eq(series.valid, 30);
	series_done(&series);
}
END_TEST

START_TEST(flags_speeds_and_cpus)
{
	static const double speeds[] = { 1.25, 0, 1.5, 1.125 };
	struct series series = { 0 };
	struct said said;

	for (int i = 0; i < 4; i++) {
		begin(&said);
		say(&said, "life", 10);
		said.round.core_per_tick = speeds[i];
		said.round.flags = i == 0 ? ROUND_NOWARM : i == 2 ? ROUND_NOWARM | ROUND_PERF : 0;
		said.round.rss_kib = 100 + i;
		round_saw_cpu(&said.round, i * 64);
		add(&series, &said);
	}
	/* of a round that does not count, nothing is kept */
	begin(&said);
	say(&said, "life", 10);
	said.round.core_per_tick = 9;
	said.round.flags = ROUND_TRACED;
	said.round.proofs[0].observed = 0;
	round_saw_cpu(&said.round, 1);
	add(&series, &said);
	ck_assert_double_eq(series.core_least, 1.125);
	ck_assert_double_eq(series.core_most, 1.5);
	ck_assert_uint_eq(series.flags, ROUND_NOWARM | ROUND_PERF);
	ck_assert_uint_eq(series.flagged_nowarm, 2);
	ck_assert_double_eq(series.rss_kib, 103);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(series.cpus[i], 1);
	ck_assert_uint_eq(series.cpus[4], 0);
	series_done(&series);
}
END_TEST

START_TEST(many_rounds)
{
	struct series series = { 0 };

	for (int i = 0; i < 4096; i++)
		add_measured(&series, "life", 1 + i);
	ck_assert_uint_eq(series.valid, 4096);
	ck_assert_double_eq(series_metric(&series, "life")->round_p50[4095], 4096);
	series_done(&series);
}
END_TEST

START_TEST(done_takes_what_is_zeroed_or_done)
{
	struct series series = { 0 };

	series_done(&series);
	add_measured(&series, "life", 10);
	series_done(&series);
	ck_assert_uint_eq(series.rounds, 0);
	ck_assert_ptr_null(series_metric(&series, "life"));
	series_done(&series);
}
END_TEST

static Suite *series_suite(void)
{
	Suite *suite = suite_create("series");
	TCase *tcase = tcase_create("rounds");

	tcase_add_test(tcase, grows_by_one_entry_a_round);
	tcase_add_test(tcase, proofs_of_other_names_are_a_contradiction);
	tcase_add_test(tcase, metrics_come_and_go);
	tcase_add_test(tcase, overhead_is_taken_off_and_nothing_is_clamped);
	tcase_add_test(tcase, operations_are_merged);
	tcase_add_test(tcase, proofs_are_summed_and_the_broken_kept);
	tcase_add_test(tcase, round_without_a_proof_is_not_valid);
	tcase_add_test(tcase, figures_are_of_valid_rounds);
	tcase_add_test(tcase, tables_are_bounded);
	tcase_add_test(tcase, flags_speeds_and_cpus);
	tcase_add_test(tcase, many_rounds);
	tcase_add_test(tcase, done_takes_what_is_zeroed_or_done);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(series_suite());
}
