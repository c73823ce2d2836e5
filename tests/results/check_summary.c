/* SPDX-License-Identifier: MIT */
/* check_summary - from rounds to results: numbers, verdicts, comparisons, fits, flags and skips */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/mechanism.h"
#include "results/status.h"
#include "results/summary-flags.h"
#include "results/summary-groups.h"
#include "results/summary.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CELLS_MAX 12
#define MIB 1048576

enum { RSS, KIND };

static struct mechanism base = { "base", "", 0 }, other = { "other", "", 0 };
static struct mechanism third = { "third", "", 0 }, null = { "null", "", MECHANISM_YARDSTICK };
static struct mechanism bare = { "bare", "", MECHANISM_YARDSTICK };

static const struct parameter parameters[] = {
	[RSS] = { .name = "rss", .type = PARAMETER_SIZE, .is_fitted = true },
	[KIND] = { .name = "kind", .type = PARAMETER_WORD },
	{ .name = NULL },
};

static const char *const metrics[] = { "call", "life", NULL };

static const struct tool tool = {
	.name = "fake-cost",
	.parameters = parameters,
	.metrics = metrics,
	.headline = "life",
	.baseline = "base",
};

/* Cells and their rounds, made by hand. */
struct bench {
	struct options options;
	struct cell cells[CELLS_MAX];
	struct plan plan;
	struct series series[CELLS_MAX];
	struct clock_ladder ladder;
	struct results results;
};

static void bench_init(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->options.tool = &tool;
	bench->options.precision = 0.02;
	bench->plan.options = &bench->options;
	bench->plan.cells = bench->cells;
}

static void bench_done(struct bench *bench)
{
	results_free(&bench->results);
	for (size_t i = 0; i < bench->plan.count; i++)
		series_done(&bench->series[i]);
}

static struct cell *add_cell(struct bench *bench, struct mechanism *mechanism)
{
	struct cell *cell = &bench->cells[bench->plan.count++];

	ck_assert_uint_le(bench->plan.count, CELLS_MAX);
	cell->mechanism = mechanism;
	strcpy(cell->seat.name, "same-cpu");
	cell->values[RSS].applies = true;
	return cell;
}

static struct series *series_of(struct bench *bench, const struct cell *cell)
{
	return &bench->series[cell - bench->cells];
}

/* What a round of one metric says; the rest of it is as proved and as dull as can be. */
struct said {
	const char *metric;
	double p50, overhead, spread, cold, core;
	uint64_t n;
	uint32_t is_batch, flags, pair_count;
	bool is_disproved;
	bool has_lost;             /* on a CPU that two tasks share: so much of 10 ms and more */
	double lost_ms;
};

static void lose_time(const struct said *said, struct lost_time *lost)
{
	lost->begin_ns = 1;
	lost->end_ns = 1 + (uint64_t)(1e6 * (10 + said->lost_ms));
	lost->cpu_ns = 1e7;
	lost->run_delay_ns = 1e6 * said->lost_ms;
	lost->cpus = lost->is_busy = lost->is_whole = 1;
}

static void say(struct series *series, const struct said *said)
{
	uint64_t n = said->n ? said->n : 1000;
	const struct histogram_pair pair = {
		(uint32_t)histogram_index((uint64_t)fabs(said->p50)),
		said->pair_count ? said->pair_count : (uint32_t)n,
	};
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { &pair };
	struct round round;

	round_init(&round, "any");
	if (said->has_lost)
		lose_time(said, &round.lost);
	round.flags = said->flags;
	round.core_per_tick = said->core;
	round.series_count = 1;
	round.series[0] = (struct round_series){
		.is_batch = said->is_batch, .bucket_count = 1, .n = n,
		.p50 = said->p50, .min = said->p50 - 3, .max = said->p50 + 7,
		.sum = (said->p50 + 1) * (double)n, .overhead = said->overhead,
		.overhead_spread = said->spread, .cold = said->cold, .bucket_ticks = 1,
	};
	strcpy(round.series[0].metric, said->metric ? said->metric : "life");
	ck_assert_int_eq(round_add_proof(&round, "children", PROOF_EQUAL, 5,
					 said->is_disproved ? 4 : 5), 0);
	ck_assert_int_eq(series_add(series, &round, pairs), 0);
}

static void say_p50(struct series *series, double p50)
{
	say(series, &(struct said){ .p50 = p50 });
}

static void say_all(struct series *series, const double *p50, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (isnan(p50[i]))
			ck_assert_int_eq(series_pass(series), 0);
		else
			say_p50(series, p50[i]);
}

static void say_nothing(struct series *series, enum round_status status)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct round round;

	round_init(&round, "any");
	round_fail(&round, status, EAGAIN, "fork", "too many");
	ck_assert_int_eq(series_add(series, &round, pairs), 0);
}

static void summarise(struct bench *bench, double ns_per_tick)
{
	ck_assert_int_eq(summary_make(&bench->plan, bench->series, ns_per_tick, &bench->results),
			 0);
	bench->ladder.resolution_ns = ns_per_tick;
	bench->results.ladder = &bench->ladder;
	summary_flag_run(&bench->results);
}

static const struct result *result_of(const struct bench *bench, const struct cell *cell)
{
	const struct result *result = results_find(&bench->results, cell, "life");

	ck_assert_ptr_nonnull(result);
	return result;
}

static bool has_flag(const struct result *result, const char *flag)
{
	for (size_t i = 0; result->flags[i]; i++)
		if (!strcmp(result->flags[i], flag))
			return true;
	return false;
}

/* Nine values without any order in them: the interval is that of ranks 2 and 8. */
static const double nine[] = { 5, 1, 9, 3, 7, 2, 8, 4, 6 };
#define NINE COUNT_OF(nine)

START_TEST(median_and_interval_are_exact)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (size_t i = 0; i < NINE; i++)
		say_p50(series_of(&bench, cell), 1000 + nine[i]);
	summarise(&bench, 0.5);
	result = result_of(&bench, cell);
	ck_assert_double_eq(result->p50, 502.5);
	ck_assert_double_eq(result->p50_lo, 501);
	ck_assert_double_eq(result->p50_hi, 504);
	ck_assert_double_eq(result->n_eff, 9);
	ck_assert_double_eq(result->rho, 0);
	ck_assert_uint_eq(result->rounds, 9);
	ck_assert_uint_eq(result->n, 9000);
	ck_assert_double_eq(result->min, (1001 - 3) / 2.0);
	ck_assert_double_eq(result->max, (1009 + 7) / 2.0);
	ck_assert_double_eq_tol(result->mean, (1005 + 1) / 2.0, 1e-9);
	ck_assert_double_eq(result->ns_per_tick, 0.5);
	for (size_t i = 0; i < NINE; i++)
		ck_assert_double_eq(result->round_p50[i], (1000 + nine[i]) / 2);
	ck_assert(result->is_verified);
	ck_assert(result->is_target_met);
	ck_assert_double_nan(result->rounds_needed);
	bench_done(&bench);
}
END_TEST

START_TEST(few_rounds_have_no_interval)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	say_all(series_of(&bench, cell), nine, 5);
	summarise(&bench, 1);
	result = result_of(&bench, cell);
	ck_assert_double_eq(result->p50, 5);
	ck_assert_double_nan(result->p50_lo);
	ck_assert_double_nan(result->p50_hi);
	ck_assert(!result->is_target_met);
	ck_assert_double_nan(result->rounds_needed);
	ck_assert_double_eq(result->ratio, 1);
	ck_assert_double_nan(result->ratio_lo);
	ck_assert_double_nan(result->ratio_hi);
	bench_done(&bench);
}
END_TEST

/* [2, 8] around 5 is 60 % to either side: 2 % take 9 (60 / 2)^2 rounds. */
START_TEST(target_that_is_not_met)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	say_all(series_of(&bench, cell), nine, NINE);
	summarise(&bench, 1);
	result = result_of(&bench, cell);
	ck_assert(!result->is_target_met);
	ck_assert_double_eq_tol(result->rounds_needed, 8100, 1);
	bench_done(&bench);
}
END_TEST

/* Rounds that would do for a yardstick are nobody's aim. */
START_TEST(yardstick_has_no_target)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &null);
	say_all(series_of(&bench, cell), nine, NINE);
	summarise(&bench, 1);
	result = result_of(&bench, cell);
	ck_assert(result->is_yardstick && !result->is_target_met);
	ck_assert_double_eq(result->p50_lo, 2);
	ck_assert_double_nan(result->rounds_needed);
	bench_done(&bench);
}
END_TEST

/* Overhead 20 of 30, and of 15: the answer may be negative, never clamped. */
START_TEST(overhead_is_taken_off)
{
	static const struct { double p50, result; } cases[] = { { 30, 10 }, { 20, 0 }, { 15, -5 } };
	const struct result *result;
	struct bench bench;

	bench_init(&bench);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct cell *cell = add_cell(&bench, &base);

		for (int j = 0; j < 7; j++)
			say(series_of(&bench, cell), &(struct said){
				.p50 = cases[i].p50, .overhead = 20, .cold = 500 });
	}
	summarise(&bench, 2);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		result = result_of(&bench, &bench.cells[i]);
		ck_assert_double_eq(result->p50, 2 * cases[i].result);
		ck_assert_double_eq(result->p50_lo, 2 * cases[i].result);
		ck_assert_double_eq(result->p50_hi, 2 * cases[i].result);
		ck_assert_double_eq(result->min, 2 * (cases[i].result - 3));
		ck_assert_double_eq(result->max, 2 * (cases[i].result + 7));
		ck_assert_double_eq_tol(result->mean, 2 * (cases[i].result + 1), 1e-9);
		ck_assert_double_eq(result->p90, 2 * cases[i].result);
		ck_assert_double_eq(result->overhead, 40);
		ck_assert_double_eq(result->cold, 960);
	}
	bench_done(&bench);
}
END_TEST

START_TEST(overhead_is_the_median_of_the_rounds)
{
	static const double overheads[] = { 1, 100, 3, 2, 4 };
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (size_t i = 0; i < COUNT_OF(overheads); i++)
		say(series_of(&bench, cell), &(struct said){
			.p50 = 1000 + overheads[i], .overhead = overheads[i],
			.cold = 2000 + overheads[i] });
	summarise(&bench, 1);
	ck_assert_double_eq(result_of(&bench, cell)->overhead, 3);
	ck_assert_double_eq(result_of(&bench, cell)->cold, 2000);
	ck_assert_double_eq(result_of(&bench, cell)->p50, 1000);
	bench_done(&bench);
}
END_TEST

/* Ten values beyond it, or it is not shown. */
static const struct { uint64_t n; bool has_p90, has_p99, has_p999; } tails[] = {
	{ 1, false, false, false }, { 99, false, false, false }, { 100, true, false, false },
	{ 999, true, false, false }, { 1000, true, true, false }, { 9999, true, true, false },
	{ 10000, true, true, true },
};

START_TEST(percentile_that_n_cannot_carry_is_absent)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	say(series_of(&bench, cell), &(struct said){ .p50 = 200, .n = tails[_i].n });
	summarise(&bench, 1);
	result = result_of(&bench, cell);
	ck_assert_int_eq(isfinite(result->p90), tails[_i].has_p90);
	ck_assert_int_eq(isfinite(result->p99), tails[_i].has_p99);
	ck_assert_int_eq(isfinite(result->p999), tails[_i].has_p999);
	if (tails[_i].has_p90)
		ck_assert_double_eq(result->p90, 200);
	bench_done(&bench);
}
END_TEST

START_TEST(batches_have_no_percentiles)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	say(series_of(&bench, cell), &(struct said){ .p50 = 200, .n = 1000000, .is_batch = 1 });
	summarise(&bench, 1);
	result = result_of(&bench, cell);
	ck_assert_double_nan(result->p90);
	ck_assert_double_nan(result->p99);
	ck_assert_double_nan(result->p999);
	ck_assert_double_eq(result->max, 207);
	bench_done(&bench);
}
END_TEST

/* More than a tenth disproved, and the cell is not verified. */
static const struct { int valid, invalid; bool is_verified; } verdicts[] = {
	{ 9, 0, true }, { 9, 1, true }, { 8, 1, false }, { 18, 2, true }, { 17, 2, false },
	{ 1, 9, false },
};

START_TEST(verified)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (int i = 0; i < verdicts[_i].valid + verdicts[_i].invalid; i++)
		say(series_of(&bench, cell), &(struct said){
			.p50 = 1000, .is_disproved = i < verdicts[_i].invalid });
	summarise(&bench, 1);
	result = result_of(&bench, cell);
	ck_assert_int_eq(result->is_verified, verdicts[_i].is_verified);
	ck_assert_uint_eq(result->rounds, (size_t)verdicts[_i].valid);
	ck_assert_uint_eq(result->rounds_invalid, (size_t)verdicts[_i].invalid);
	ck_assert_int_eq(has_flag(result, "INVALID"), verdicts[_i].invalid > 0);
	bench_done(&bench);
}
END_TEST

START_TEST(metrics_are_in_the_order_of_the_tool)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	say(series_of(&bench, cell), &(struct said){ .p50 = 1000, .metric = "life" });
	say(series_of(&bench, cell), &(struct said){ .p50 = 300, .metric = "unknown" });
	say(series_of(&bench, cell), &(struct said){ .p50 = 500, .metric = "call" });
	summarise(&bench, 1);
	ck_assert_uint_eq(bench.results.result_count, 2);
	ck_assert_str_eq(bench.results.results[0].metric->name, "call");
	ck_assert_str_eq(bench.results.results[1].metric->name, "life");
	ck_assert_double_eq(bench.results.results[0].p50, 500);
	ck_assert_ptr_eq(results_find(&bench.results, cell, "call"), &bench.results.results[0]);
	ck_assert_ptr_null(results_find(&bench.results, cell, "unknown"));
	ck_assert_ptr_null(results_find(&bench.results, cell + 1, "call"));
	bench_done(&bench);
}
END_TEST

START_TEST(figure_is_the_median_of_its_rounds)
{
	static const double values[] = { 3, 1, 100 };
	const struct histogram_pair pair = { 10, 1 };
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { &pair };
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	say_p50(series_of(&bench, cell), 1000);
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		struct round round;

		round_init(&round, "any");
		round.series_count = 1;
		round.series[0] = (struct round_series){ "life", 0, 1, 1, 10, 10, 10, 10, 0, 0, 0,
							 1 };
		ck_assert_int_eq(round_add_proof(&round, "p", PROOF_EQUAL, 1, 1), 0);
		ck_assert_int_eq(round_add_figure(&round, "kib_per_task", values[i]), 0);
		ck_assert_int_eq(series_add(series_of(&bench, cell), &round, pairs), 0);
	}
	summarise(&bench, 7);
	ck_assert_uint_eq(result_of(&bench, cell)->figure_count, 1);
	ck_assert_str_eq(result_of(&bench, cell)->figures[0].name, "kib_per_task");
	ck_assert_double_eq(result_of(&bench, cell)->figures[0].value, 3);
	bench_done(&bench);
}
END_TEST

/* Half of an interval of a ratio, by what differs from run to run alone: ln of it. */
#define BETWEEN_RUNS (1.959963984540054 * 0.01)

/* One cell is itself in any run; two are not one. */
START_TEST(against_itself_the_ratio_is_one)
{
	const struct result *result;
	struct bench bench;
	struct cell *a, *b;

	bench_init(&bench);
	a = add_cell(&bench, &base);
	b = add_cell(&bench, &other);
	for (size_t i = 0; i < NINE; i++) {
		say_p50(series_of(&bench, a), 1000 + 100 * nine[i]);
		say_p50(series_of(&bench, b), 1000 + 100 * nine[i]);
	}
	summarise(&bench, 3);
	for (int i = 0; i < 2; i++) {
		result = result_of(&bench, i ? b : a);
		ck_assert_str_eq(result->baseline, "base");
		ck_assert_double_eq(result->ratio, 1);
		ck_assert_double_eq_tol(result->ratio_lo, i ? exp(-BETWEEN_RUNS) : 1, 1e-12);
		ck_assert_double_eq_tol(result->ratio_hi, i ? exp(BETWEEN_RUNS) : 1, 1e-12);
		ck_assert(result->is_best);
	}
	bench_done(&bench);
}
END_TEST

/* Rounds wander by a factor of nine; in each, one costs twice the other. */
START_TEST(ratio_is_paired_by_round)
{
	static const double a[] = { 1000, NAN, 3000, 9000, 2000, NAN, 7000, 4000, 6000, 5000 };
	static const double b[] = { 2000, 77, NAN, 18000, 4000, NAN, 14000, 8000, 12000, 10000 };
	const struct result *result;
	struct bench bench;
	struct cell *first, *second;

	bench_init(&bench);
	second = add_cell(&bench, &other);
	first = add_cell(&bench, &base);
	say_all(series_of(&bench, first), a, COUNT_OF(a));
	say_all(series_of(&bench, second), b, COUNT_OF(b));
	summarise(&bench, 1);
	result = result_of(&bench, second);
	ck_assert_uint_eq(result->rounds, 8);
	ck_assert_double_eq_tol(result->ratio, 2, 1e-12);
	ck_assert_double_eq_tol(result->ratio_lo, 2 * exp(-BETWEEN_RUNS), 1e-12);
	ck_assert_double_eq_tol(result->ratio_hi, 2 * exp(BETWEEN_RUNS), 1e-12);
	ck_assert_double_eq_tol(summary_ratio(result_of(&bench, first), result).mid, 0.5, 1e-12);
	bench_done(&bench);
}
END_TEST

/*
 * Seven rounds: the least and the greatest bound the median.  What they say and what another
 * run may say besides add up as independent uncertainties do.
 */
START_TEST(ratio_is_widened_for_another_run)
{
	static const double slower[] = { 1.97, 1.98, 1.99, 2.00, 2.02, 2.04, 2.06 };
	const struct result *result;
	struct bench bench;
	struct cell *a, *b;

	bench_init(&bench);
	a = add_cell(&bench, &base);
	b = add_cell(&bench, &other);
	for (size_t i = 0; i < COUNT_OF(slower); i++) {
		say_p50(series_of(&bench, a), 1000);
		say_p50(series_of(&bench, b), 1000 * slower[i * 3 % COUNT_OF(slower)]);
	}
	summarise(&bench, 1);
	result = result_of(&bench, b);
	ck_assert_double_eq_tol(result->ratio, 2, 1e-12);
	ck_assert_double_eq_tol(log(result->ratio / result->ratio_lo),
				hypot(log(2 / 1.97), BETWEEN_RUNS), 1e-9);
	ck_assert_double_eq_tol(log(result->ratio_hi / result->ratio),
				hypot(log(2.06 / 2), BETWEEN_RUNS), 1e-9);
	bench_done(&bench);
}
END_TEST

START_TEST(ratio_to_what_costs_nothing_is_absent)
{
	struct bench bench;
	struct cell *a, *b;

	bench_init(&bench);
	a = add_cell(&bench, &base);
	b = add_cell(&bench, &other);
	for (int i = 0; i < 7; i++) {
		say(series_of(&bench, a), &(struct said){ .p50 = 20, .overhead = 20 });
		say_p50(series_of(&bench, b), 1000);
	}
	summarise(&bench, 1);
	ck_assert(!isfinite(result_of(&bench, b)->ratio));
	ck_assert(!isfinite(result_of(&bench, b)->ratio_lo));
	bench_done(&bench);
}
END_TEST

/* Two cells that differ in something are no comparison, unless it means nothing for one of them. */
static const struct {
	const char *seats[2], *peers[2];
	struct value values[2];
	bool is_same;
} circumstances[] = {
	{ { "smt", "smt" }, { NULL, NULL }, { { 1, NULL, true }, { 1, NULL, true } }, true },
	{ { "smt", "llc" }, { NULL, NULL }, { { 1, NULL, true }, { 1, NULL, true } }, false },
	{ { "smt", "smt" }, { NULL, NULL }, { { 1, NULL, true }, { 2, NULL, true } }, false },
	{ { "smt", "smt" }, { NULL, NULL }, { { 1, NULL, true }, { 2, NULL, false } }, true },
	{ { "smt", "smt" }, { NULL, NULL }, { { 0, "a", true }, { 0, "a", true } }, true },
	{ { "smt", "smt" }, { NULL, NULL }, { { 0, "a", true }, { 0, "b", true } }, false },
	{ { "smt", "smt" }, { NULL, NULL }, { { 0, "a", true }, { 0, "b", false } }, true },
	{ { "smt", "smt" }, { "process", "process" },
	  { { 1, NULL, true }, { 1, NULL, true } }, true },
	{ { "smt", "smt" }, { "process", "thread" },
	  { { 1, NULL, true }, { 1, NULL, true } }, false },
};

START_TEST(group)
{
	struct bench bench;
	struct cell *cells[2];
	bool is_same = circumstances[_i].is_same;
	int parameter = circumstances[_i].values[0].word ? KIND : RSS;

	bench_init(&bench);
	for (int i = 0; i < 2; i++) {
		cells[i] = add_cell(&bench, i ? &other : &base);
		strcpy(cells[i]->seat.name, circumstances[_i].seats[i]);
		cells[i]->peer = circumstances[_i].peers[i];
		cells[i]->values[parameter] = circumstances[_i].values[i];
		for (int j = 0; j < 7; j++)
			say_p50(series_of(&bench, cells[i]), i ? 3000 : 1000);
	}
	summarise(&bench, 1);
	/* who is alone wins nothing */
	ck_assert_int_eq(result_of(&bench, cells[0])->is_best, is_same);
	ck_assert(!result_of(&bench, cells[1])->is_best);
	ck_assert_int_eq(isfinite(result_of(&bench, cells[1])->ratio), is_same);
	ck_assert_int_eq(result_of(&bench, cells[1])->baseline != NULL, is_same);
	ck_assert_int_eq(summary_same_circumstances(&bench.plan, cells[0], cells[1], -1), is_same);
	bench_done(&bench);
}
END_TEST

START_TEST(one_parameter_may_differ)
{
	struct bench bench;
	struct cell *a, *b;

	bench_init(&bench);
	a = add_cell(&bench, &base);
	b = add_cell(&bench, &base);
	b->values[RSS].number = MIB;
	ck_assert(!summary_same_circumstances(&bench.plan, a, b, -1));
	ck_assert(!summary_same_circumstances(&bench.plan, a, b, KIND));
	ck_assert(summary_same_circumstances(&bench.plan, a, b, RSS));
	bench_done(&bench);
}
END_TEST

START_TEST(best)
{
	static struct mechanism *const mechanisms[] = { &base, &other, &third, &null,
							     &bare };
	static const double p50[] = { 3000, 2000, 1000, 10, 20 };
	struct bench bench;

	bench_init(&bench);
	for (size_t i = 0; i < COUNT_OF(mechanisms); i++) {
		struct cell *cell = add_cell(&bench, mechanisms[i]);

		/* the third is fast and not proved */
		for (int j = 0; j < 8; j++)
			say(series_of(&bench, cell), &(struct said){
				.p50 = p50[i], .is_disproved = i == 2 && j < 2 });
	}
	summarise(&bench, 1);
	for (size_t i = 0; i < COUNT_OF(mechanisms); i++)
		ck_assert_int_eq(result_of(&bench, &bench.cells[i])->is_best, i == 1);
	/* neither what is not proved is compared, nor who does no work */
	for (size_t i = 2; i < COUNT_OF(mechanisms); i++) {
		ck_assert(!isfinite(result_of(&bench, &bench.cells[i])->ratio));
		ck_assert_ptr_null(result_of(&bench, &bench.cells[i])->baseline);
	}
	bench_done(&bench);
}
END_TEST

/* A floor of the same circumstances; what costs less than it is neither best nor a baseline. */
START_TEST(what_costs_less_than_nothing_is_not_verified)
{
	static struct mechanism floor = { "floor", "", MECHANISM_YARDSTICK | MECHANISM_FLOOR };
	static struct mechanism *const mechanisms[] = { &floor, &base, &other };
	static const double p50[] = { 1000, 20, 1500 };
	struct bench bench;

	bench_init(&bench);
	for (size_t i = 0; i < COUNT_OF(mechanisms); i++) {
		struct cell *cell = add_cell(&bench, mechanisms[i]);

		for (int j = 0; j < 8; j++)
			say_p50(series_of(&bench, cell), p50[i]);
	}
	summarise(&bench, 1);
	ck_assert(result_of(&bench, &bench.cells[0])->is_verified);
	ck_assert(!result_of(&bench, &bench.cells[1])->is_verified);
	ck_assert_ptr_nonnull(strstr(result_of(&bench, &bench.cells[1])->reason, "that of floor 1000 ns"));
	ck_assert(result_of(&bench, &bench.cells[2])->is_verified);
	ck_assert(!isfinite(result_of(&bench, &bench.cells[2])->ratio));
	bench_done(&bench);
	/* elsewhere it says nothing */
	bench_init(&bench);
	for (size_t i = 0; i < 2; i++)
		for (int j = 0; j < 8; j++)
			say_p50(series_of(&bench, j ? &bench.cells[i] : add_cell(&bench, mechanisms[i])),
				p50[i]);
	bench.cells[0].values[RSS].number = MIB;
	summarise(&bench, 1);
	ck_assert(result_of(&bench, &bench.cells[1])->is_verified);
	bench_done(&bench);
}
END_TEST

START_TEST(baseline_that_is_not_proved_is_none)
{
	struct bench bench;
	struct cell *a, *b;

	bench_init(&bench);
	a = add_cell(&bench, &base);
	b = add_cell(&bench, &other);
	for (int i = 0; i < 8; i++) {
		say(series_of(&bench, a), &(struct said){ .p50 = 1000, .is_disproved = i < 2 });
		say_p50(series_of(&bench, b), 1000);
	}
	summarise(&bench, 1);
	ck_assert_ptr_null(result_of(&bench, b)->baseline);
	ck_assert(!isfinite(result_of(&bench, b)->ratio));
	bench_done(&bench);
}
END_TEST

/* A cell of rss, whose rounds cost intercept + slope a page, and wander. */
static struct cell *add_sweep_cell(struct bench *bench, struct mechanism *mechanism, uint64_t rss,
				   double intercept, double slope)
{
	struct cell *cell = add_cell(bench, mechanism);

	cell->values[RSS].number = rss;
	for (size_t i = 0; i < NINE; i++)
		say_p50(series_of(bench, cell),
			intercept + slope * (double)rss / 4096 + 16 * nine[i]);
	return cell;
}

START_TEST(line_is_found)
{
	static const uint64_t sizes[] = { 0, 4 * MIB, 64 * MIB, 16 * MIB };
	const struct result *result;
	struct bench bench;

	bench_init(&bench);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		add_sweep_cell(&bench, &base, sizes[i], 1000, 0.5);
		add_sweep_cell(&bench, &other, sizes[i], 20000, 2);
	}
	summarise(&bench, 2);
	for (size_t i = 0; i < 2 * COUNT_OF(sizes); i++) {
		bool is_other = i % 2;

		result = result_of(&bench, &bench.cells[i]);
		ck_assert_double_eq_tol(result->fit_ns, 2 * ((is_other ? 20000 : 1000) + 80), 1e-6);
		ck_assert_double_eq_tol(result->fit_ns_per_page, (is_other ? 4 : 1), 1e-9);
		ck_assert_double_eq_tol(result->fit_ns_per_page_lo, (is_other ? 4 : 1), 1e-9);
		ck_assert_double_eq_tol(result->fit_ns_per_page_hi, (is_other ? 4 : 1), 1e-9);
	}
	bench_done(&bench);
}
END_TEST

START_TEST(two_points_are_no_line)
{
	struct bench bench;

	bench_init(&bench);
	add_sweep_cell(&bench, &base, 0, 1000, 0.5);
	add_sweep_cell(&bench, &base, 4 * MIB, 1000, 0.5);
	add_sweep_cell(&bench, &other, 16 * MIB, 1000, 0.5);
	summarise(&bench, 1);
	for (size_t i = 0; i < 3; i++)
		ck_assert_double_nan(result_of(&bench, &bench.cells[i])->fit_ns_per_page);
	bench_done(&bench);
}
END_TEST

START_TEST(point_that_is_not_proved_is_not_on_the_line)
{
	struct bench bench;
	struct cell *bad;

	bench_init(&bench);
	for (int i = 0; i < 3; i++)
		add_sweep_cell(&bench, &base, (uint64_t)i * MIB, 1000, 0.5);
	bad = add_sweep_cell(&bench, &base, 4 * MIB, 5, 77);
	for (int i = 0; i < 9; i++)
		say(series_of(&bench, bad), &(struct said){ .p50 = 9, .is_disproved = true });
	summarise(&bench, 1);
	ck_assert_double_eq_tol(result_of(&bench, &bench.cells[0])->fit_ns_per_page, 0.5, 1e-9);
	ck_assert_double_nan(result_of(&bench, bad)->fit_ns_per_page);
	bench_done(&bench);
}
END_TEST

/* Two kinds of memory are two lines, which meet where there is no memory. */
START_TEST(lines_are_not_mixed)
{
	static const char *const kinds[] = { "4k", "thp" };
	static const double slopes[] = { 4, 0.5 };
	struct bench bench;
	struct cell *none, *cells[2][2];
	double slope;

	bench_init(&bench);
	none = add_sweep_cell(&bench, &base, 0, 1000, 0);
	for (int kind = 0; kind < 2; kind++)
		for (int i = 0; i < 2; i++) {
			cells[kind][i] = add_sweep_cell(&bench, &base, (uint64_t)(i + 1) * MIB,
							1000, slopes[kind]);
			cells[kind][i]->values[KIND] = (struct value){ 0, kinds[kind], true };
		}
	summarise(&bench, 1);
	for (int kind = 0; kind < 2; kind++)
		for (int i = 0; i < 2; i++)
			ck_assert_double_eq_tol(result_of(&bench, cells[kind][i])->fit_ns_per_page,
						slopes[kind], 1e-9);
	slope = result_of(&bench, none)->fit_ns_per_page;
	ck_assert_msg(isnan(slope) || fabs(slope - slopes[0]) < 1e-9 ||
		      fabs(slope - slopes[1]) < 1e-9, "%g is neither line", slope);
	bench_done(&bench);
}
END_TEST

START_TEST(lines_of_two_peers_are_two)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	for (int i = 0; i < 3; i++)
		for (int peer = 0; peer < 2; peer++) {
			cell = add_sweep_cell(&bench, &base, (uint64_t)i * MIB, 1000,
					      peer ? 4 : 0.5);
			cell->peer = peer ? "thread" : "process";
		}
	summarise(&bench, 1);
	for (size_t i = 0; i < 6; i++)
		ck_assert_double_eq_tol(result_of(&bench, &bench.cells[i])->fit_ns_per_page,
					(i % 2 ? 4 : 0.5), 1e-9);
	bench_done(&bench);
}
END_TEST

/* Rounds of one cell, and whether a flag is the consequence. */
enum shape { FLAT, RAMP, TWO_MODES, SLOW_WAVE };

static double shaped(enum shape shape, int i)
{
	/* noise of 1 % that repeats in no order */
	double noise = nine[i % NINE] + 2 * nine[(i / NINE + i) % NINE];

	switch (shape) {
	case RAMP:
		return 1000 + 10 * i;
	case TWO_MODES:
		return nine[i % NINE] <= 3 ? 1500 : 1000;
	case SLOW_WAVE:
		return 1000 + 30 * sin(i * 0.3);
	default:
		return 1000 + noise;
	}
}

static const struct {
	const char *flag;
	enum shape shape;
	int rounds;
	struct said said;              /* without its p50 */
	int marked;                    /* rounds that say so; the others are plain */
	bool is_flagged;
} flags[] = {
	{ "DRIFT", RAMP, 36, { 0 }, 0, true }, { "DRIFT", FLAT, 36, { 0 }, 0, false },
	{ "DRIFT", RAMP, 9, { 0 }, 0, false }, { "DRIFT", RAMP, 10, { 0 }, 0, true },
	{ "STEP", FLAT, 36, { 0 }, 0, false },
	{ "BIMODAL", TWO_MODES, 36, { 0 }, 0, true }, { "BIMODAL", FLAT, 36, { 0 }, 0, false },
	{ "BIMODAL", TWO_MODES, 9, { 0 }, 0, false },
	{ "SERIAL", SLOW_WAVE, 40, { 0 }, 0, true }, { "SERIAL", FLAT, 36, { 0 }, 0, false },
	{ "FREQ", FLAT, 20, { .core = 1.021 }, 1, true },
	{ "FREQ", FLAT, 20, { .core = 1.019 }, 1, false },
	{ "FREQ", FLAT, 20, { .core = 0.97 }, 19, true },
	{ "FREQ", FLAT, 20, { .core = 0 }, 10, false },
	{ "NOWARM", FLAT, 20, { .flags = ROUND_NOWARM }, 11, true },
	{ "NOWARM", FLAT, 20, { .flags = ROUND_NOWARM }, 10, false },
	{ "RAMP", FLAT, 20, { .flags = ROUND_RAMP }, 11, true },
	{ "RAMP", FLAT, 20, { .flags = ROUND_RAMP }, 10, false },
	{ "NONLINEAR", FLAT, 20, { .flags = ROUND_NONLINEAR }, 11, true },
	{ "NONLINEAR", FLAT, 20, { .flags = ROUND_NONLINEAR }, 10, false },
	{ "PERF", FLAT, 20, { .flags = ROUND_PERF }, 1, true },
	{ "TRACED", FLAT, 20, { .flags = ROUND_TRACED }, 1, true },
	{ "USERNS", FLAT, 20, { .flags = ROUND_USERNS }, 1, true },
	{ "OVERHEAD", FLAT, 20, { .overhead = 60 }, 20, true },
	{ "OVERHEAD", FLAT, 20, { .overhead = 40 }, 20, false },
	{ "OVERHEAD", FLAT, 20, { .overhead = 60 }, 9, false },
	{ "QUANT", FLAT, 20, { 0 }, 0, false },
	{ "INVALID", FLAT, 20, { .is_disproved = true }, 1, true },
	{ "INVALID", FLAT, 20, { .is_disproved = true }, 0, false },
};

static void say_shape(struct bench *bench, const struct cell *cell, size_t row)
{
	for (int i = 0; i < flags[row].rounds; i++) {
		struct said said = { .core = 1 };

		if (i < flags[row].marked)
			said = flags[row].said;
		said.p50 = shaped(flags[row].shape, i);
		say(series_of(bench, cell), &said);
	}
}

START_TEST(flag)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	say_shape(&bench, cell, (size_t)_i);
	summarise(&bench, 1);
	ck_assert_msg(has_flag(result_of(&bench, cell), flags[_i].flag) == flags[_i].is_flagged,
		      "%s", flags[_i].flag);
	bench_done(&bench);
}
END_TEST

/* So early a jump leaves the interval narrow, and the first third has its median elsewhere. */
START_TEST(flag_step)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (int i = 0; i < 150; i++)
		say_p50(series_of(&bench, cell), (i < 26 ? 1200 : 1000) + (i % 2 ? 4 : -4));
	summarise(&bench, 1);
	ck_assert(has_flag(result_of(&bench, cell), "STEP"));
	bench_done(&bench);
}
END_TEST

START_TEST(quiet_rounds_have_no_flags)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (int i = 0; i < 36; i++)
		say(series_of(&bench, cell), &(struct said){ .p50 = shaped(FLAT, i), .core = 1 });
	summarise(&bench, 1);
	ck_assert_ptr_null(result_of(&bench, cell)->flags[0]);
	ck_assert_double_nan(result_of(&bench, cell)->modes[0]);
	bench_done(&bench);
}
END_TEST

/* A figure of 1000, and what was taken off it: a sixth of the whole, or less than a twentieth. */
static const struct { double overhead, spread; uint32_t flags; double lo, hi; } widened[] = {
	{ 200, 40, 0, 980, 1020 }, { 200, 0, 0, 1000, 1000 },
	{ 40, 40, 0, 1000, 1000 }, { 200, 40, ROUND_TWIN, 1000, 1000 },
};

START_TEST(large_overhead_widens_and_leaves_the_middle)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (int i = 0; i < 9; i++)
		say(series_of(&bench, cell), &(struct said){
			.p50 = 1000 + widened[_i].overhead, .overhead = widened[_i].overhead,
			.spread = widened[_i].spread, .flags = widened[_i].flags });
	summarise(&bench, 1);
	result = result_of(&bench, cell);
	ck_assert_double_eq(result->p50, 1000);
	ck_assert_double_eq(result->p50_lo, widened[_i].lo);
	ck_assert_double_eq(result->p50_hi, widened[_i].hi);
	bench_done(&bench);
}
END_TEST

START_TEST(modes_are_told)
{
	const struct result *result;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (int i = 0; i < 36; i++)
		say(series_of(&bench, cell), &(struct said){ .p50 = shaped(TWO_MODES, i) });
	summarise(&bench, 2);
	result = result_of(&bench, cell);
	ck_assert_double_eq(result->modes[0], 2000);
	ck_assert_double_eq(result->modes[1], 3000);
	ck_assert_double_eq_tol(result->mode_shares[0], 2.0 / 3, 1e-12);
	ck_assert_double_eq_tol(result->mode_shares[1], 1.0 / 3, 1e-12);
	bench_done(&bench);
}
END_TEST

/* A tick of a region of 200 ticks is half a per cent; a batch is a longer region. */
static const struct { double p50; uint64_t n; uint32_t regions; bool is_flagged; } quanta[] = {
	{ 199, 1000, 1000, true }, { 201, 1000, 1000, false }, { 20, 1000, 10, false },
	{ 1, 1000, 10, true },
};

START_TEST(flag_quant)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	for (int i = 0; i < 7; i++)
		say(series_of(&bench, cell), &(struct said){
			.p50 = quanta[_i].p50, .n = quanta[_i].n,
			.pair_count = quanta[_i].regions,
			.is_batch = quanta[_i].n != quanta[_i].regions });
	summarise(&bench, 0.4);
	ck_assert_int_eq(has_flag(result_of(&bench, cell), "QUANT"), quanta[_i].is_flagged);
	bench_done(&bench);
}
END_TEST

START_TEST(flag_lost)
{
	struct bench bench;
	struct cell *cells[3];

	bench_init(&bench);
	for (int i = 0; i < 3; i++) {
		cells[i] = add_cell(&bench, &base);
		say_p50(series_of(&bench, cells[i]), 1000);
	}
	say_nothing(series_of(&bench, cells[0]), ROUND_FAILED);
	say_nothing(series_of(&bench, cells[1]), ROUND_SKIPPED);
	ck_assert_int_eq(series_pass(series_of(&bench, cells[2])), 0);
	summarise(&bench, 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(has_flag(result_of(&bench, cells[i]), "LOST"), i < 2);
		ck_assert_uint_eq(result_of(&bench, cells[i])->rounds_lost, i < 2);
	}
	bench_done(&bench);
}
END_TEST

/*
 * Rounds of 10 ms on one CPU, of which some were stretched by another task.  The figures are of
 * all rounds, those of the others stand beside; only the cell that was hit is told of.
 */
static void say_stretched(struct series *series, double p50, double lost_ms)
{
	const struct said said = { .p50 = p50, .lost_ms = lost_ms, .has_lost = true };

	say(series, &said);
}

START_TEST(flag_noise)
{
	struct bench bench;
	struct cell *hit, *quiet;
	const struct result_lost *lost;

	bench_init(&bench);
	hit = add_cell(&bench, &base);
	quiet = add_cell(&bench, &other);
	for (int i = 0; i < 10; i++) {
		bool is_hit = i % 5 == 2;

		say_stretched(series_of(&bench, hit), is_hit ? 2000 : 1000, is_hit ? 4 : 0);
		say_stretched(series_of(&bench, quiet), 1000, 0);
	}
	summarise(&bench, 1);
	ck_assert(has_flag(result_of(&bench, hit), "NOISE"));
	ck_assert(!has_flag(result_of(&bench, quiet), "NOISE"));
	lost = &result_of(&bench, hit)->lost;
	ck_assert_double_eq(lost->rounds_hit, 2);
	ck_assert_double_eq_tol(lost->lost_ns, 8e6, 1);
	ck_assert_double_eq_tol(lost->counted_run_delay_ns, 8e6, 1);
	ck_assert_double_eq(lost->mean_hit, 2001);
	ck_assert_double_eq(lost->mean_clean, 1001);
	ck_assert_double_eq(lost->max_hit, 2007);
	ck_assert_double_eq(lost->max_clean, 1007);
	/* The mean is of all, the median's interval holds that of the others. */
	ck_assert_double_eq(result_of(&bench, hit)->mean, 1201);
	ck_assert(isnan(lost->p50_clean));
	lost = &result_of(&bench, quiet)->lost;
	ck_assert_double_eq(lost->rounds_hit, 0);
	ck_assert(isnan(lost->mean_hit) && isnan(lost->mean_clean));
	bench_done(&bench);
}
END_TEST

/* A warning about the machine is about no row, and what nobody counted is not 0. */
START_TEST(no_noise_unknown)
{
	const struct warning warnings[] = { { .check = "gaps" }, { .check = "steal" } };
	struct bench bench;
	const struct result *result;

	bench_init(&bench);
	result = NULL;
	for (int i = 0; i < 10; i++)
		say_p50(series_of(&bench, i ? bench.cells : add_cell(&bench, &base)), 1000);
	bench.results.warnings = warnings;
	bench.results.warning_count = 2;
	summarise(&bench, 1);
	result = result_of(&bench, bench.cells);
	ck_assert(!has_flag(result, "NOISE"));
	ck_assert(isnan(result->lost.rounds_hit));
	ck_assert(isnan(result->lost.counted_run_delay_ns));
	ck_assert(isnan(result->lost.counted_off_cpu_ns));
	ck_assert(isnan(result->lost.counted_steal_ns));
	ck_assert(isnan(result->lost.counted_involuntary));
	bench_done(&bench);
}
END_TEST

/* A cell without one valid round is a skip, whose reason is a sentence. */
enum fate { NOT_HERE, NO_TURN, PASSED, FAILED, SKIPPED, DISPROVED, UNREACHED, BEYOND_BUDGET };

static const struct { enum fate fate; const char *reason; } skips[] = {
	{ NOT_HERE, "SMT is off" },
	{ NO_TURN, "the run ended before its turn" },
	{ PASSED, "the run ended before its turn" },
	{ FAILED, "fork: too many: Resource temporarily unavailable" },
	{ SKIPPED, "fork: too many: Resource temporarily unavailable" },
	{ DISPROVED, "not proved in 1 of 1 rounds: children was to be 5 and was 4" },
	{ UNREACHED, "no time was left" },
	{ BEYOND_BUDGET, "SMT is off" },
};

static void suffer(struct series *series, enum fate fate)
{
	switch (fate) {
	case PASSED:
		ck_assert_int_eq(series_pass(series), 0);
		break;
	case FAILED:
		say_nothing(series, ROUND_FAILED);
		ck_assert_int_eq(series_pass(series), 0);
		break;
	case SKIPPED:
		say_nothing(series, ROUND_SKIPPED);
		break;
	case DISPROVED:
		say(series, &(struct said){ .p50 = 1000, .is_disproved = true });
		break;
	case UNREACHED:
		series_leave_out(series, "no time was left");
		break;
	default:
		break;
	}
}

START_TEST(skip)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	if (skips[_i].fate == NOT_HERE || skips[_i].fate == BEYOND_BUDGET)
		cell->skip = "SMT is off";
	cell->is_beyond_budget = skips[_i].fate == BEYOND_BUDGET;
	suffer(series_of(&bench, cell), skips[_i].fate);
	summarise(&bench, 1);
	ck_assert_uint_eq(bench.results.result_count, 0);
	ck_assert_uint_eq(bench.results.skip_count, 1);
	ck_assert_ptr_eq(bench.results.skips[0].cell, cell);
	ck_assert_str_eq(bench.results.skips[0].reason, skips[_i].reason);
	ck_assert_int_eq(bench.results.skips[0].is_unreached,
			 skips[_i].fate == UNREACHED || skips[_i].fate == BEYOND_BUDGET);
	ck_assert_int_eq(results_status(&bench.results), EXIT_NOTHING_MEASURED);
	bench_done(&bench);
}
END_TEST

/* Beside a cell that was measured, and is proved or not. */
static const struct { bool is_disproved, is_named; enum fate fate; int status; } statuses[] = {
	{ false, false, NOT_HERE, EXIT_SUCCESS },
	{ false, true, NOT_HERE, EXIT_SOMETHING_SKIPPED },
	{ false, false, SKIPPED, EXIT_SUCCESS },
	{ false, true, SKIPPED, EXIT_SOMETHING_SKIPPED },
	{ false, false, UNREACHED, EXIT_SOMETHING_SKIPPED },
	{ false, false, BEYOND_BUDGET, EXIT_SOMETHING_SKIPPED },
	{ true, false, NOT_HERE, EXIT_SUCCESS },
	{ true, true, NOT_HERE, EXIT_SOMETHING_SKIPPED },
};

START_TEST(status)
{
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	cell->is_named = statuses[_i].is_disproved && statuses[_i].is_named;
	say_p50(series_of(&bench, cell), 1000);
	if (statuses[_i].is_disproved)
		say(series_of(&bench, cell), &(struct said){ .p50 = 1000, .is_disproved = true });
	cell = add_cell(&bench, &other);
	cell->is_named = !statuses[_i].is_disproved && statuses[_i].is_named;
	cell->is_beyond_budget = statuses[_i].fate == BEYOND_BUDGET;
	cell->skip = statuses[_i].fate == NOT_HERE || statuses[_i].fate == BEYOND_BUDGET
			     ? "not here" : NULL;
	suffer(series_of(&bench, cell), statuses[_i].fate);
	summarise(&bench, 1);
	ck_assert_int_eq(results_status(&bench.results), statuses[_i].status);
	bench_done(&bench);
}
END_TEST

/* A worker that proves nothing is told so; an empty reason helps nobody. */
START_TEST(skip_without_a_proof)
{
	const struct histogram_pair pair = { 10, 1 };
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { &pair };
	struct round round;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	round_init(&round, "any");
	round.series_count = 1;
	round.series[0] = (struct round_series){ "life", 0, 1, 1, 10, 10, 10, 10, 0, 0, 0, 1 };
	ck_assert_int_eq(series_add(series_of(&bench, cell), &round, pairs), 0);
	summarise(&bench, 1);
	ck_assert_uint_eq(bench.results.skip_count, 1);
	ck_assert_ptr_nonnull(strstr(bench.results.skips[0].reason, "prove"));
	bench_done(&bench);
}
END_TEST

START_TEST(headline_so_far)
{
	struct interval interval;
	struct bench bench;
	struct cell *cell;

	bench_init(&bench);
	cell = add_cell(&bench, &base);
	interval = summary_headline(&bench.plan, series_of(&bench, cell));
	ck_assert(!interval.has_interval);
	say(series_of(&bench, cell), &(struct said){ .p50 = 5, .metric = "call" });
	interval = summary_headline(&bench.plan, series_of(&bench, cell));
	ck_assert(!interval.has_interval);
	say_all(series_of(&bench, cell), nine, NINE);
	interval = summary_headline(&bench.plan, series_of(&bench, cell));
	ck_assert(interval.has_interval);
	ck_assert_double_eq(interval.lo, 2);
	ck_assert_double_eq(interval.mid, 5);
	ck_assert_double_eq(interval.hi, 8);
	bench_done(&bench);
}
END_TEST

/*
 * Metamorphic: the same rounds under other names, in another order, in another unit.
 */
static struct mechanism *const cast[] = { &other, &base, &third, &null, &other, &base };
#define CAST COUNT_OF(cast)

/* Cell i of the cast, with rounds of its own, wherever it stands in the plan. */
static void play(struct bench *bench, const size_t *order)
{
	for (size_t i = 0; i < CAST; i++) {
		size_t role = order[i];
		struct cell *cell = add_cell(bench, cast[role]);

		cell->values[RSS].number = role < 4 ? 0 : 4096;
		for (int j = 0; j < 30; j++)
			say(series_of(bench, cell), &(struct said){
				.p50 = (double)(1000 + 64 * role) +
				       nine[((size_t)j * (role + 1) + role) % NINE] +
				       (role == 2 ? 10 * j : 0),
				.overhead = (double)(10 * role),
				.cold = 5000, .n = 20000, .core = role == 5 && j ? 1.5 : 1,
				.is_disproved = role == 4 && j < 2 });
	}
}

static bool is_same_number(double a, double b, double factor)
{
	return isnan(a) ? isnan(b) : a * factor == b;
}

/* Times of b are factor times those of a; all verdicts are equal. */
static void check_same(const struct result *a, const struct result *b, double factor)
{
	const double times[][2] = {
		{ a->p50, b->p50 }, { a->p50_lo, b->p50_lo }, { a->p50_hi, b->p50_hi },
		{ a->min, b->min }, { a->max, b->max }, { a->mean, b->mean }, { a->p90, b->p90 },
		{ a->p99, b->p99 }, { a->p999, b->p999 }, { a->overhead, b->overhead },
		{ a->cold, b->cold }, { a->modes[0], b->modes[0] }, { a->modes[1], b->modes[1] },
		{ a->fit_ns, b->fit_ns }, { a->fit_ns_per_page, b->fit_ns_per_page },
	};
	const double verdicts_of[][2] = {
		{ a->ratio, b->ratio }, { a->ratio_lo, b->ratio_lo }, { a->ratio_hi, b->ratio_hi },
		{ a->rho, b->rho }, { a->n_eff, b->n_eff },
		{ a->rounds_needed, b->rounds_needed }, { a->mode_shares[0], b->mode_shares[0] },
	};

	for (size_t i = 0; i < COUNT_OF(times); i++)
		ck_assert_msg(is_same_number(times[i][0], times[i][1], factor),
			      "time %zu: %.17g, %.17g", i, times[i][0], times[i][1]);
	for (size_t i = 0; i < COUNT_OF(verdicts_of); i++)
		ck_assert_msg(is_same_number(verdicts_of[i][0], verdicts_of[i][1], 1),
			      "verdict %zu: %.17g, %.17g", i, verdicts_of[i][0],
			      verdicts_of[i][1]);
	ck_assert_int_eq(a->is_best, b->is_best);
	ck_assert_int_eq(a->is_verified, b->is_verified);
	ck_assert_int_eq(a->is_target_met, b->is_target_met);
	for (size_t i = 0; i <= RESULT_FLAGS_MAX; i++)
		ck_assert_pstr_eq(a->flags[i], b->flags[i]);
}

static const size_t as_written[CAST] = { 0, 1, 2, 3, 4, 5 };
static const size_t orders[][CAST] = {
	{ 5, 4, 3, 2, 1, 0 }, { 1, 0, 3, 2, 5, 4 }, { 2, 5, 0, 3, 1, 4 },
};

START_TEST(order_of_cells_does_not_matter)
{
	struct bench a, b;

	bench_init(&a);
	bench_init(&b);
	play(&a, as_written);
	play(&b, orders[_i]);
	summarise(&a, 0.3);
	summarise(&b, 0.3);
	for (size_t i = 0; i < CAST; i++)
		check_same(result_of(&a, &a.cells[orders[_i][i]]), result_of(&b, &b.cells[i]), 1);
	bench_done(&a);
	bench_done(&b);
}
END_TEST

/* The name of the baseline means something; no other does. */
START_TEST(names_do_not_matter)
{
	struct bench a, b;

	bench_init(&a);
	bench_init(&b);
	play(&a, as_written);
	play(&b, as_written);
	summarise(&a, 0.3);
	other.name = "zebra";
	third.name = "null";
	null.name = "aardvark";
	summarise(&b, 0.3);
	for (size_t i = 0; i < CAST; i++)
		check_same(result_of(&a, &a.cells[i]), result_of(&b, &b.cells[i]), 1);
	bench_done(&a);
	bench_done(&b);
}
END_TEST

/* By powers of two, so that not one bit may differ. */
static const double factors[] = { 2, 1024, 0.25 };

START_TEST(unit_scales_exactly)
{
	struct bench a, b;

	bench_init(&a);
	bench_init(&b);
	play(&a, as_written);
	play(&b, as_written);
	summarise(&a, 0.3);
	summarise(&b, 0.3 * factors[_i]);
	for (size_t i = 0; i < CAST; i++)
		check_same(result_of(&a, &a.cells[i]), result_of(&b, &b.cells[i]), factors[_i]);
	bench_done(&a);
	bench_done(&b);
}
END_TEST

START_TEST(nothing_planned)
{
	struct bench bench;

	bench_init(&bench);
	summarise(&bench, 1);
	ck_assert_uint_eq(bench.results.result_count, 0);
	ck_assert_uint_eq(bench.results.skip_count, 0);
	bench_done(&bench);
	results_free(&bench.results);
}
END_TEST

static TCase *numbers_case(void)
{
	TCase *tcase = tcase_create("numbers");

	tcase_add_test(tcase, median_and_interval_are_exact);
	tcase_add_test(tcase, few_rounds_have_no_interval);
	tcase_add_test(tcase, target_that_is_not_met);
	tcase_add_test(tcase, yardstick_has_no_target);
	tcase_add_test(tcase, overhead_is_taken_off);
	tcase_add_test(tcase, overhead_is_the_median_of_the_rounds);
	tcase_add_loop_test(tcase, percentile_that_n_cannot_carry_is_absent, 0,
			    (int)COUNT_OF(tails));
	tcase_add_test(tcase, batches_have_no_percentiles);
	tcase_add_loop_test(tcase, verified, 0, (int)COUNT_OF(verdicts));
	tcase_add_test(tcase, metrics_are_in_the_order_of_the_tool);
	tcase_add_test(tcase, figure_is_the_median_of_its_rounds);
	tcase_add_test(tcase, headline_so_far);
	tcase_add_test(tcase, nothing_planned);
	return tcase;
}

static TCase *groups_case(void)
{
	TCase *tcase = tcase_create("groups");

	tcase_add_test(tcase, against_itself_the_ratio_is_one);
	tcase_add_test(tcase, ratio_is_paired_by_round);
	tcase_add_test(tcase, ratio_is_widened_for_another_run);
	tcase_add_test(tcase, ratio_to_what_costs_nothing_is_absent);
	tcase_add_loop_test(tcase, group, 0, (int)COUNT_OF(circumstances));
	tcase_add_test(tcase, one_parameter_may_differ);
	tcase_add_test(tcase, best);
	tcase_add_test(tcase, baseline_that_is_not_proved_is_none);
	tcase_add_test(tcase, what_costs_less_than_nothing_is_not_verified);
	tcase_add_test(tcase, line_is_found);
	tcase_add_test(tcase, two_points_are_no_line);
	tcase_add_test(tcase, point_that_is_not_proved_is_not_on_the_line);
	tcase_add_test(tcase, lines_are_not_mixed);
	tcase_add_test(tcase, lines_of_two_peers_are_two);
	return tcase;
}

static TCase *doubts_case(void)
{
	TCase *tcase = tcase_create("doubts");

	tcase_add_loop_test(tcase, flag, 0, (int)COUNT_OF(flags));
	tcase_add_test(tcase, flag_step);
	tcase_add_test(tcase, quiet_rounds_have_no_flags);
	tcase_add_loop_test(tcase, large_overhead_widens_and_leaves_the_middle, 0,
			    COUNT_OF(widened));
	tcase_add_test(tcase, modes_are_told);
	tcase_add_loop_test(tcase, flag_quant, 0, (int)COUNT_OF(quanta));
	tcase_add_test(tcase, flag_noise);
	tcase_add_test(tcase, no_noise_unknown);
	tcase_add_test(tcase, flag_lost);
	tcase_add_loop_test(tcase, skip, 0, (int)COUNT_OF(skips));
	tcase_add_loop_test(tcase, status, 0, (int)COUNT_OF(statuses));
	tcase_add_test(tcase, skip_without_a_proof);
	return tcase;
}

static Suite *summary_suite(void)
{
	Suite *suite = suite_create("summary");
	TCase *metamorphic = tcase_create("metamorphic");

	suite_add_tcase(suite, numbers_case());
	suite_add_tcase(suite, groups_case());
	suite_add_tcase(suite, doubts_case());
	tcase_add_loop_test(metamorphic, order_of_cells_does_not_matter, 0, (int)COUNT_OF(orders));
	tcase_add_test(metamorphic, names_do_not_matter);
	tcase_add_loop_test(metamorphic, unit_scales_exactly, 0, (int)COUNT_OF(factors));
	suite_add_tcase(suite, metamorphic);
	return suite;
}

int main(void)
{
	return suite_run(summary_suite());
}
