/* SPDX-License-Identifier: MIT */
/*
 * check_host_speed - from references of rounds to the speeds of a host, and to results at each
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/mechanism.h"
#include "results/host-speed.h"
#include "results/reference-series.h"
#include "results/summary.h"
#include "results/summary-speeds.h"
#include "../kit/suite.h"

#define NS_PER_TICK 0.5
#define ROUNDS 40
#define RATIO 1.25
/* Ticks of a part: so many for each, in a fast round. */
#define PART_TICKS 1000.0
#define ALL_PARTS ((1u << REFERENCE_PARTS) - 1)
#define WITHOUT_FORK (ALL_PARTS & ~(1u << REFERENCE_FORK) & ~(1u << REFERENCE_SWITCH))

/* A reference with these parts, each by so much slower. */
static void make(unsigned int mask, double slowness, struct round *ret)
{
	struct reference reference = { .window_ticks = 100000 };

	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++)
		reference.parts[part] = (struct reference_time){
			.ticks = (uint64_t)(PART_TICKS * slowness),
			.done = reference_operations(part),
			.error = mask >> part & 1 ? 0 : -EPERM,
		};
	round_init(ret, "reference");
	reference_tell(&reference, ret);
	round_saw_cpu(ret, 3);
}

static void add(struct reference_series *series, unsigned int mask, double slowness)
{
	struct round round;

	make(mask, slowness, &round);
	ck_assert_int_eq(reference_series_add(series, &round), 0);
}

static void add_loss(struct reference_series *series, const char *reason)
{
	struct round round;

	round_init(&round, "reference");
	round_fail(&round, ROUND_FAILED, 0, "worker", reason);
	ck_assert_int_eq(reference_series_add(series, &round), 0);
}

static void summarise(const struct reference_series *series, struct host_speed *ret)
{
	ck_assert_int_eq(host_speed_make(series, NS_PER_TICK, ret), 0);
	ck_assert_uint_eq(ret->rounds, series->count);
}

/* The time of a mix is the sum of its parts. */
START_TEST(one_speed)
{
	struct reference_series series = { .rounds = NULL };
	struct host_speed speed;

	for (int i = 0; i < ROUNDS; i++)
		add(&series, ALL_PARTS, 1 + (i % 5) * 0.004);
	summarise(&series, &speed);
	ck_assert_uint_eq(series.taken, ROUNDS);
	ck_assert_double_eq_tol(speed.ns, REFERENCE_PARTS * PART_TICKS * 1.008 * NS_PER_TICK, 1e-6);
	for (int part = 0; part < REFERENCE_PARTS; part++)
		ck_assert_double_eq_tol(speed.part_ns[part], PART_TICKS * 1.008 * NS_PER_TICK, 1e-6);
	ck_assert_uint_eq(speed.speeds.count, 1);
	ck_assert_int_eq(speed.cpu, 3);
	ck_assert_str_eq(speed.missing, "");
	ck_assert_int_eq(host_speed_label(&speed, 7), 0);
	ck_assert_int_eq(host_speed_label(&speed, ROUNDS), SPEED_UNKNOWN);
	ck_assert(isnan(host_speed_reference_ns(&speed, ROUNDS)));
	host_speed_done(&speed);
	reference_series_done(&series);
}
END_TEST

/* The sum of other parts is the time of another work. */
START_TEST(rounds_that_lack_a_part)
{
	struct reference_series series = { .rounds = NULL };
	struct host_speed speed;

	for (int i = 0; i < ROUNDS; i++)
		add(&series, i % 4 ? WITHOUT_FORK : ALL_PARTS, 1);
	summarise(&series, &speed);
	ck_assert_double_eq_tol(speed.ns, 2 * PART_TICKS * NS_PER_TICK, 1e-6);
	ck_assert(isnan(speed.part_ns[REFERENCE_FORK]));
	ck_assert_double_eq_tol(speed.part_ns[REFERENCE_FAULT], PART_TICKS * NS_PER_TICK, 1e-6);
	ck_assert_uint_eq(speed.speeds.count, 1);
	for (size_t i = 0; i < ROUNDS; i++)
		ck_assert_int_eq(host_speed_label(&speed, i), i % 4 ? 0 : SPEED_UNKNOWN);
	ck_assert_int_eq(strncmp(speed.missing, "switch, fork: ", 14), 0);
	host_speed_done(&speed);
	reference_series_done(&series);
}
END_TEST

/* Lost rounds keep their place. */
START_TEST(rounds_that_were_lost)
{
	struct reference_series series = { .rounds = NULL };
	struct host_speed speed;

	for (int i = 0; i < ROUNDS; i++)
		if (i % 4 == 3)
			add_loss(&series, "the worker said nothing");
		else
			add(&series, ALL_PARTS, i % 2 ? RATIO : 1);
	summarise(&series, &speed);
	ck_assert_uint_eq(series.taken, ROUNDS * 3 / 4);
	ck_assert_uint_eq(speed.speeds.count, 2);
	ck_assert_uint_eq(speed.speeds.rounds[0], 20);
	ck_assert_uint_eq(speed.speeds.rounds[1], 10);
	for (size_t i = 0; i < ROUNDS; i++)
		ck_assert_int_eq(host_speed_label(&speed, i), i % 4 == 3 ? SPEED_UNKNOWN : (int)(i % 2));
	ck_assert_str_eq(speed.missing, "the worker said nothing");
	host_speed_done(&speed);
	reference_series_done(&series);
}
END_TEST

START_TEST(no_reference_at_all)
{
	struct reference_series series = { .rounds = NULL };
	struct host_speed speed;

	for (int i = 0; i < 3 * _i; i++)
		add_loss(&series, "no such program");
	summarise(&series, &speed);
	ck_assert(isnan(speed.ns));
	ck_assert_uint_eq(speed.speeds.count, 0);
	ck_assert_int_eq(speed.cpu, -1);
	ck_assert_str_eq(speed.missing, _i ? "no such program" : "");
	host_speed_done(&speed);
	reference_series_done(&series);
}
END_TEST

/* A part without its proof, or with one that does not hold, is none. */
START_TEST(what_is_not_proved_is_no_reference)
{
	struct reference_series series = { .rounds = NULL };
	struct host_speed speed;
	struct round round;

	make(ALL_PARTS, 1, &round);
	if (_i)
		round.proof_count--;
	else
		round.proofs[1].observed = 0;
	ck_assert_int_eq(reference_series_add(&series, &round), 0);
	ck_assert_uint_eq(series.taken, 0);
	summarise(&series, &speed);
	ck_assert(isnan(speed.ns));
	ck_assert_str_eq(speed.missing, "not all of it was proved to be done");
	host_speed_done(&speed);
	reference_series_done(&series);
}
END_TEST

/*
 * Results
 */

static struct mechanism base = { "base", "", 0 }, other = { "other", "", 0 };
static const struct parameter parameters[] = { { .name = NULL } };
static const char *const metrics[] = { "life", NULL };
static const struct tool tool = {
	.name = "fake-cost", .parameters = parameters, .metrics = metrics, .headline = "life",
	.baseline = "base",
};

struct bench {
	struct options options;
	struct cell cells[2];
	struct plan plan;
	struct series series[2];
	struct reference_series references;
	struct results results;
};

static void bench_init(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->options = (struct options){ .tool = &tool, .precision = 0.02 };
	bench->plan = (struct plan){ .options = &bench->options, .cells = bench->cells, .count = 2 };
	bench->cells[0].mechanism = &base;
	bench->cells[1].mechanism = &other;
	strcpy(bench->cells[0].seat.name, "same-cpu");
	strcpy(bench->cells[1].seat.name, "same-cpu");
}

static void bench_done(struct bench *bench)
{
	results_free(&bench->results);
	series_done(&bench->series[0]);
	series_done(&bench->series[1]);
	reference_series_done(&bench->references);
}

static void say(struct series *series, double p50)
{
	const struct histogram_pair pair = { (uint32_t)histogram_index((uint64_t)p50), 1000 };
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { &pair };
	struct round round;

	round_init(&round, "any");
	round.series_count = 1;
	round.series[0] = (struct round_series){
		.bucket_count = 1, .n = 1000, .p50 = p50, .min = p50 - 3, .max = p50 + 7,
		.sum = (p50 + 1) * 1000, .bucket_ticks = 1,
	};
	strcpy(round.series[0].metric, "life");
	ck_assert_int_eq(round_add_proof(&round, "children", PROOF_EQUAL, 5, 5), 0);
	ck_assert_int_eq(series_add(series, &round, pairs), 0);
}

static bool is_slow(int i)
{
	return i % 4 == 1;
}

/* A round in four is slow, and both cells are slow in it; the sixth was lost by the second cell. */
static void fill(struct bench *bench, double ratio)
{
	for (int i = 0; i < ROUNDS; i++) {
		double slowness = (is_slow(i) ? ratio : 1) * (1 + (i % 3) * 0.002);

		add(&bench->references, ALL_PARTS, is_slow(i) ? ratio : 1);
		say(&bench->series[0], 10000 * slowness);
		if (i == 5)
			ck_assert_int_eq(series_pass(&bench->series[1]), 0);
		else
			say(&bench->series[1], 30000 * slowness);
	}
}

static void make_results(struct bench *bench)
{
	summarise(&bench->references, &bench->results.speed);
	ck_assert_int_eq(summary_make(&bench->plan, bench->series, NS_PER_TICK, &bench->results), 0);
	ck_assert_uint_eq(bench->results.result_count, 2);
}

static bool has_flag(const struct result *result, const char *flag)
{
	for (size_t i = 0; result->flags[i]; i++)
		if (!strcmp(result->flags[i], flag))
			return true;
	return false;
}

START_TEST(a_figure_for_each_speed)
{
	struct bench bench;

	bench_init(&bench);
	fill(&bench, RATIO);
	make_results(&bench);
	for (int i = 0; i < 2; i++) {
		const struct result *result = &bench.results.results[i];
		double fast_ns = NS_PER_TICK * (i ? 30000 : 10000) * 1.002;

		ck_assert(summary_has_speeds(result));
		ck_assert(has_flag(result, "SPEEDS"));
		ck_assert_uint_eq(result->speeds[0].rounds, 30);
		ck_assert_uint_eq(result->speeds[1].rounds, i ? 9 : 10);
		ck_assert_double_eq_tol(result->speeds[0].share, i ? 30.0 / 39 : 0.75, 1e-12);
		ck_assert_double_eq_tol(result->speeds[1].share, i ? 9.0 / 39 : 0.25, 1e-12);
		ck_assert_double_eq_tol(result->speeds[0].p50, fast_ns, 0.001 * fast_ns);
		ck_assert_double_eq_tol(result->speeds[1].p50, RATIO * fast_ns, 0.003 * fast_ns);
		ck_assert_double_lt(result->speeds[0].p50_hi, result->speeds[1].p50_lo);
		ck_assert_double_le(result->speeds[0].p50_lo, result->speeds[0].p50);
		ck_assert_double_eq_tol(result->reference_ns,
					REFERENCE_PARTS * PART_TICKS * NS_PER_TICK, 1e-6);
	}
	/* What is slow is so on both sides of a ratio. */
	ck_assert_double_eq_tol(bench.results.results[1].ratio, 3, 1e-9);
	bench_done(&bench);
}
END_TEST

START_TEST(one_figure_for_one_speed)
{
	struct bench bench;

	bench_init(&bench);
	fill(&bench, 1);
	make_results(&bench);
	for (int i = 0; i < 2; i++) {
		ck_assert(!summary_has_speeds(&bench.results.results[i]));
		ck_assert(!has_flag(&bench.results.results[i], "SPEEDS"));
		ck_assert(isnan(bench.results.results[i].speeds[0].p50));
		ck_assert(isfinite(bench.results.results[i].reference_ns));
	}
	bench_done(&bench);
}
END_TEST

/* Up to six of their rounds are measured behind one reference. */
START_TEST(none_for_cells_of_a_shared_preparation)
{
	struct bench bench;

	bench_init(&bench);
	bench.cells[1].share = 1;
	fill(&bench, RATIO);
	make_results(&bench);
	ck_assert(summary_has_speeds(&bench.results.results[0]));
	ck_assert(!summary_has_speeds(&bench.results.results[1]));
	bench_done(&bench);
}
END_TEST

/* A cell that was measured at one of the speeds only has one figure. */
START_TEST(one_figure_where_the_other_speed_is_not_met)
{
	struct bench bench;

	bench_init(&bench);
	for (int i = 0; i < ROUNDS; i++) {
		add(&bench.references, ALL_PARTS, is_slow(i) ? RATIO : 1);
		say(&bench.series[0], 10000);
		if (is_slow(i))
			ck_assert_int_eq(series_pass(&bench.series[1]), 0);
		else
			say(&bench.series[1], 30000);
	}
	make_results(&bench);
	ck_assert(!summary_has_speeds(&bench.results.results[1]));
	ck_assert(!has_flag(&bench.results.results[1], "SPEEDS"));
	ck_assert_double_eq(bench.results.results[1].p50, 15000);
	bench_done(&bench);
}
END_TEST

/* What does the same at either speed, a spin say, has one figure. */
START_TEST(one_figure_where_the_speed_makes_no_difference)
{
	struct bench bench;

	bench_init(&bench);
	for (int i = 0; i < ROUNDS; i++) {
		add(&bench.references, ALL_PARTS, is_slow(i) ? RATIO : 1);
		say(&bench.series[0], 10000 + (i * 17 % 41));
		say(&bench.series[1], 30000 * (is_slow(i) ? RATIO : 1) + (i * 17 % 41));
	}
	make_results(&bench);
	ck_assert_uint_eq(bench.results.speed.speeds.count, 2);
	ck_assert(!summary_has_speeds(&bench.results.results[0]));
	ck_assert(!has_flag(&bench.results.results[0], "SPEEDS"));
	ck_assert(isnan(bench.results.results[0].speeds[1].p50));
	ck_assert(summary_has_speeds(&bench.results.results[1]));
	bench_done(&bench);
}
END_TEST

START_TEST(results_without_any_reference)
{
	struct bench bench;

	bench_init(&bench);
	for (int i = 0; i < ROUNDS; i++) {
		say(&bench.series[0], 10000);
		say(&bench.series[1], 30000);
	}
	make_results(&bench);
	ck_assert(isnan(bench.results.results[0].reference_ns));
	ck_assert(!summary_has_speeds(&bench.results.results[0]));
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host-speed");
	TCase *tests = tcase_create("host-speed");

	tcase_add_test(tests, one_speed);
	tcase_add_test(tests, rounds_that_lack_a_part);
	tcase_add_test(tests, rounds_that_were_lost);
	tcase_add_loop_test(tests, no_reference_at_all, 0, 2);
	tcase_add_loop_test(tests, what_is_not_proved_is_no_reference, 0, 2);
	tcase_add_test(tests, a_figure_for_each_speed);
	tcase_add_test(tests, one_figure_for_one_speed);
	tcase_add_test(tests, none_for_cells_of_a_shared_preparation);
	tcase_add_test(tests, one_figure_where_the_other_speed_is_not_met);
	tcase_add_test(tests, one_figure_where_the_speed_makes_no_difference);
	tcase_add_test(tests, results_without_any_reference);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
