/* SPDX-License-Identifier: MIT */
/* check_invariant - a round that contradicts itself is not proved, and says by which figures */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/options.h"
#include "plan/tool.h"
#include "results/invariant.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MANY 1e9                 /* CPUs */

static const struct {
	struct invariant_facts facts;
	const char *broken;        /* the proof that fails; NULL: all hold */
} all[] = {
	/* a stream: 100 ns each, one after the other */
	{ { 1e7, 100, 1, false, 90, 1, false, 0, 0, 0 }, NULL },
	{ { 1e7, 100, 1, false, 104, 1, false, 0, 0, 0 }, NULL },
	{ { 1e7, 100, 1, false, 110, 1, false, 0, 0, 0 }, "wall_ns" },
	{ { 1e7, 100, 1, false, 190, 2, false, 0, 0, 0 }, NULL },
	{ { 1e7, 100, 1, false, 220, 2, false, 0, 0, 0 }, "wall_ns" },
	{ { 1e7, 104, 1, false, 90, 1, false, 0, 0, 0 }, NULL },
	{ { 1e7, 106, 1, false, 90, 1, false, 0, 0, 0 }, "rate_of_mean" },
	{ { 1e7, 94, 1, false, 90, 1, false, 0, 0, 0 }, "rate_of_mean" },
	/* 1 over the median: what was printed once, of a pipe and of a queue with four senders */
	{ { 811359, 3075, 1, false, 1104, 1, false, 0, 0, 0 }, "rate_of_mean" },
	{ { 669368, 9434, 1, false, 9178, 1, false, 0, 0, 0 }, "wall_ns" },
	/* creators: a pause between two tasks is no contradiction, too many tasks are */
	{ { 9000, 1e5, 1, true, 9e4, 1, false, 0, 0, 0 }, NULL },
	{ { 5000, 1e5, 1, true, 9e4, 1, false, 0, 0, 0 }, NULL },
	{ { 11000, 1e5, 1, true, 9e4, MANY, false, 0, 0, 0 }, "rate_of_mean" },
	{ { 39000, 1e5, 4, true, 9e4, MANY, false, 0, 0, 0 }, NULL },
	{ { 43000, 1e5, 4, true, 9e4, MANY, false, 0, 0, 0 }, "rate_of_mean" },
	/* of a part of the run */
	{ { 1e7, 100, 1, false, 190, 1, true, 0, 0, 0 }, NULL },
	{ { 1e7, 100, 1, false, 210, 1, true, 0, 0, 0 }, "wall_ns" },
	/* ... of which the beginning was most: by the whole run it holds */
	{ { 1e7, 100, 1, false, 590, 1, true, 0, 300, 0 }, NULL },
	{ { 1e7, 100, 1, false, 610, 1, true, 0, 300, 0 }, "wall_ns" },
	{ { 1e7, 100, 1, false, 210, 1, true, 0, 50, 0 }, "wall_ns" },
	/* of few operations the edges are a large part */
	{ { 1e7, 100, 1, false, 1090, 1, false, 1000, 0, 0 }, NULL },
	{ { 1e7, 100, 1, false, 1110, 1, false, 1000, 0, 0 }, "wall_ns" },
	/* a CPU clock that goes in steps of 10 ms may be off by one at each edge, on each CPU */
	{ { .rate_per_s = 1e5, .mean_ns = 1e4, .under_way = 1, .cpu_ns = 3e4, .cpus = 1,
	    .operations = 1000, .cpu_step_ns = 1e7 }, NULL },
	{ { .rate_per_s = 1e5, .mean_ns = 1e4, .under_way = 1, .cpu_ns = 3e4, .cpus = 1,
	    .operations = 1000, .cpu_step_ns = 0 }, "wall_ns" },
	{ { .rate_per_s = 1e5, .mean_ns = 1e4, .under_way = 1, .cpu_ns = 3e4, .cpus = 1,
	    .operations = 10000, .cpu_step_ns = 1e7 }, "wall_ns" },
	/* what is not told contradicts nothing */
	{ { NAN, 100, 1, false, 1e9, 1, false, 0, 0, 0 }, NULL },
	{ { 1e7, NAN, 1, false, NAN, 1, false, 0, 0, 0 }, NULL },
	{ { 1e7, NAN, 1, false, 1e9, NAN, false, 0, 0, 0 }, NULL },
	{ { 1e7, NAN, 1, false, 1e9, 1, false, 0, 0, 0 }, "wall_ns" },
};

static const char *broken_of(const struct round *round)
{
	for (uint32_t i = 0; i < round->proof_count; i++)
		if (!round_proof_holds(&round->proofs[i]))
			return round->proofs[i].name;
	return NULL;
}

START_TEST(figures_hang_together)
{
	struct round round;

	round_init(&round, "pipe");
	invariant_prove(&all[_i].facts, &round);
	ck_assert_pstr_eq(broken_of(&round), all[_i].broken);
}
END_TEST

/* The rounds of a fake worker, of a tool that has a parameter for how many are at work. */

static const struct parameter parameters[] = { { .name = "parallel" }, { .name = NULL } };
static const struct tool tool = { .name = "any", .parameters = parameters };

struct bench {
	struct options options;
	struct plan plan;
	struct cell cell;
	struct round round;
};

static void begin(struct bench *bench, int cpu_a, int cpu_b)
{
	memset(bench, 0, sizeof(*bench));
	bench->options.tool = &tool;
	bench->plan.options = &bench->options;
	bench->cell.seat = (struct seat){ .cpus = { cpu_a, cpu_b }, .is_float = cpu_a < 0 };
	round_init(&bench->round, "any");
	ck_assert_int_eq(round_add_proof(&bench->round, "sums", PROOF_EQUAL, 2, 2), 0);
}

static void say(struct bench *bench, const char *metric, double mean, const char *figure,
		double per_s, double cpu_ns)
{
	struct round *round = &bench->round;
	struct round_series *series = &round->series[round->series_count++];

	*series = (struct round_series){ .n = 1000000, .p50 = mean,
					 .sum = 1e6 * (mean + 5),
					 .overhead = 5 };
	strcpy(series->metric, metric);
	ck_assert_int_eq(round_add_figure(round, figure, per_s), 0);
	ck_assert_int_eq(round_add_figure(round, "cpu_ns_per_op", cpu_ns), 0);
}

static const struct {
	const char *metric, *figure;
	int cpu_b;                 /* cpu_a is 0; -1: both may be anywhere */
	double mean_ticks, per_s, cpu_ns;   /* a tick is 2 ns */
	uint64_t parallel;
	const char *broken;
} rounds[] = {
	{ "transfer", "messages_per_s", 0, 500, 1e6, 990, 0, NULL },
	{ "transfer", "messages_per_s", 0, 500, 3e6, 300, 0, "rate_of_mean" },
	{ "transfer", "messages_per_s", 0, 500, 1e6, 1500, 0, "wall_ns" },
	{ "transfer", "messages_per_s", 1, 500, 1e6, 1500, 0, NULL },
	{ "transfer", "messages_per_s", 1, 500, 1e6, 2200, 0, "wall_ns" },
	{ "interval", "requests_per_s", 0, 500, 1e6, 990, 0, NULL },
	{ "interval", "requests_per_s", 0, 500, 2e6, 400, 0, "rate_of_mean" },
	/* at a rate of its own: many more may be under way, or none */
	{ "response", "requests_per_s", 0, 500, 3e6, 300, 0, NULL },
	{ "response", "messages_per_s", 0, 500, 3e6, 600, 0, NULL },
	{ "response", "messages_per_s", 0, 500, 3e6, 700, 0, "wall_ns" },
	{ "life", "tasks_per_s", 0, 500, 8e5, 900, 1, NULL },
	{ "life", "tasks_per_s", 0, 500, 12e5, 100, 1, "rate_of_mean" },
	{ "life", "tasks_per_s", 0, 500, 39e5, 10, 4, NULL },
	{ "life", "tasks_per_s", 0, 500, 9e5, 1200, 1, "wall_ns" },
};

START_TEST(a_round_is_held_against_itself)
{
	struct bench bench;

	begin(&bench, rounds[_i].cpu_b < 0 ? -1 : 0, rounds[_i].cpu_b);
	bench.cell.values[0].applies = rounds[_i].parallel > 0;
	bench.cell.values[0].number = rounds[_i].parallel;
	say(&bench, rounds[_i].metric, rounds[_i].mean_ticks, rounds[_i].figure,
	    rounds[_i].per_s, rounds[_i].cpu_ns);
	invariant_prove_round(&bench.plan, &bench.cell, 2, &bench.round);
	ck_assert_pstr_eq(broken_of(&bench.round), rounds[_i].broken);
	ck_assert_int_eq(round_is_proved(&bench.round), !rounds[_i].broken);
}
END_TEST

/* Tasks that are in no series may have been the quick ones. */
START_TEST(a_selection_has_no_mean_of_all)
{
	struct bench bench;

	begin(&bench, 0, 1);
	say(&bench, "life", 500, "tasks_per_s", 12e5, 100);
	ck_assert_int_eq(round_add_figure(&bench.round, "elsewhere_share", 0.5), 0);
	invariant_prove_round(&bench.plan, &bench.cell, 2, &bench.round);
	ck_assert(round_is_proved(&bench.round));
}
END_TEST

/* What another host's CPUs are is not known; what failed says nothing at all. */
START_TEST(what_cannot_be_known_is_not_held)
{
	struct bench bench;

	begin(&bench, 0, 0);
	bench.cell.connect_word = "host";
	say(&bench, "transfer", 500, "messages_per_s", 1e6, 5000);
	invariant_prove_round(&bench.plan, &bench.cell, 2, &bench.round);
	ck_assert_ptr_null(broken_of(&bench.round));

	begin(&bench, 0, 0);
	say(&bench, "transfer", 500, "messages_per_s", 1e6, 5000);
	round_fail(&bench.round, ROUND_FAILED, 0, "any", "any");
	invariant_prove_round(&bench.plan, &bench.cell, 2, &bench.round);
	ck_assert_uint_eq(bench.round.proof_count, 1);
}
END_TEST

/* The rate leaves out how the run began, which the CPU time is of, too. */
START_TEST(a_part_may_lean_on_its_whole_run)
{
	static const double runs_ticks[] = { 700, 760, 900 };
	struct bench bench;

	for (int i = 0; i < 3; i++) {
		begin(&bench, 0, 0);
		say(&bench, "interval", 500, "requests_per_s", 1e6, 3000);
		ck_assert_int_eq(round_add_proof(&bench.round, "completions", PROOF_EQUAL, 10, 10), 0);
		bench.round.window_ticks = 10 * runs_ticks[i];
		invariant_prove_round(&bench.plan, &bench.cell, 2, &bench.round);
		ck_assert_pstr_eq(broken_of(&bench.round), i ? NULL : "wall_ns");
	}
}
END_TEST

static Suite *invariant_suite(void)
{
	Suite *suite = suite_create("invariant");
	TCase *tcase = tcase_create("pure");

	tcase_add_loop_test(tcase, figures_hang_together, 0, (int)COUNT_OF(all));
	tcase_add_loop_test(tcase, a_round_is_held_against_itself, 0, (int)COUNT_OF(rounds));
	tcase_add_test(tcase, a_selection_has_no_mean_of_all);
	tcase_add_test(tcase, what_cannot_be_known_is_not_held);
	tcase_add_test(tcase, a_part_may_lean_on_its_whole_run);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(invariant_suite());
}
