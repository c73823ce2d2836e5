/* SPDX-License-Identifier: MIT */
/* check_spawn_answer - what spawn-cost says of the parent's memory, from results made up */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/spawn-answer.h"
#include "results/record.h"
#include "results/summary-groups.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RESULTS_MAX 12
#define ROUNDS 8
#define GIB 1073741824.0

enum { RSS, BACKING };

static bool has_memory(const struct cell *cell)
{
	return cell->values[RSS].number > 0;
}

static const struct parameter parameters[] = {
	[RSS] = { .name = "rss", .type = PARAMETER_SIZE, .is_fitted = true },
	[BACKING] = { .name = "backing", .type = PARAMETER_WORD, .applies = has_memory },
	{ .name = NULL },
};

static const struct tool tool = { .name = "fake-cost", .parameters = parameters,
				  .baseline = "none", .headline = "life" };

static const struct mechanism mechanisms[] = {
	{ "fork", "", 0 }, { "vfork", "", 0 }, { "posix-spawn", "", 0 }, { "fork-server", "", 0 },
	{ "null", "", MECHANISM_YARDSTICK },
};

/* p50 in ns; rounds differ by a thousandth.  backing NULL: 4k. */
struct made {
	const char *mechanism;
	double gib, p50;
	const char *backing;
	size_t rounds;
};

struct bench {
	struct options options;
	struct plan plan;
	struct cell cells[RESULTS_MAX];
	struct metric_series metrics[RESULTS_MAX];
	struct series series[RESULTS_MAX];
	double p50s[RESULTS_MAX][ROUNDS];
	uint64_t preparations[ROUNDS];
	struct result made[RESULTS_MAX];
	struct results results;
};

static const struct mechanism *mechanism_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(mechanisms); i++)
		if (!strcmp(mechanisms[i].name, name))
			return &mechanisms[i];
	ck_abort_msg("there is no %s", name);
	return NULL;
}

static void make_result(struct bench *bench, size_t i, const struct made *made)
{
	struct metric_series *metric = &bench->metrics[i];
	struct cell *cell = &bench->cells[i];

	cell->mechanism = mechanism_of(made->mechanism);
	strcpy(cell->seat.name, "same-cpu");
	cell->values[RSS] = (struct value){ .number = (uint64_t)(made->gib * GIB), .applies = true };
	cell->values[BACKING].word = made->backing ? made->backing : "4k";
	cell->values[BACKING].applies = made->gib > 0;
	strcpy(metric->name, "life");
	metric->round_p50 = bench->p50s[i];
	metric->rounds = made->rounds ? made->rounds : ROUNDS;
	for (size_t round = 0; round < metric->rounds; round++)
		bench->p50s[i][round] = made->p50 * (1 + ((double)(round * 3 % 8) - 3.5) / 3500);
	bench->series[i].preparations = bench->preparations;
	bench->made[i] = (struct result){
		.cell = cell, .metric = metric, .series = &bench->series[i], .p50 = made->p50,
		.is_verified = true, .ns_per_tick = 1, .preparations = ROUNDS,
		.is_yardstick = plan_is_yardstick(cell->mechanism),
		.fit_ns = NAN, .fit_ns_per_page = NAN, .fit_ns_per_page_lo = NAN,
		.fit_ns_per_page_hi = NAN,
	};
}

/* The sentences of these results, a line each; the caller's to free. */
static char *said_of(const struct made *made, size_t count)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	char *text = calloc(1, 4096), **sentences;

	ck_assert(bench && text);
	bench->options.tool = &tool;
	bench->plan.options = &bench->options;
	bench->results = (struct results){ .plan = &bench->plan, .options = &bench->options,
					   .results = bench->made, .result_count = count };
	for (size_t i = 0; i < count; i++) {
		make_result(bench, i, &made[i]);
		bench->plan.varies[BACKING] |= made[i].backing != NULL;
	}
	ck_assert_int_eq(summary_compare_groups(&bench->results), 0);
	sentences = spawn_answer(&bench->results);
	for (size_t i = 0; sentences[i]; i++) {
		strcat(strcat(text, sentences[i]), "\n");
		free(sentences[i]);
	}
	free(sentences);
	free(bench);
	return text;
}

#define AT(name, size, time) .mechanism = (name), .gib = (size), .p50 = (time)

/* 0.6 ms and 9.8 ms a GiB */
#define FORKS { AT("fork", 0, 0.6e6) }, { AT("fork", 0.25, 3.05e6) }, { AT("fork", 1, 10.4e6) }, \
	{ AT("fork", 4, 39.8e6) }
#define SPAWNS { AT("posix-spawn", 0, 0.7e6) }, { AT("posix-spawn", 0.25, 0.71e6) }, \
	{ AT("posix-spawn", 1, 0.7e6) }, { AT("posix-spawn", 4, 0.7e6) }

static const struct { const char *what; struct made made[RESULTS_MAX]; const char *said; } cases[] = {
	{ "nothing", { { .mechanism = NULL } }, "" },
	{ "one size", { { AT("fork", 1, 1e6) } }, "" },
	{ "a line, and what stays", { FORKS, SPAWNS },
	  "fork here costs 600 us and 9.8 ms [9.79, 9.81] more for each GiB: about 79 ms at 8 GiB; "
	  "posix-spawn stays at 700 us (same-cpu).\n" },
	{ "a line alone", { FORKS },
	  "fork here costs 600 us and 9.8 ms [9.79, 9.81] more for each GiB: about 79 ms at 8 GiB "
	  "(same-cpu).\n" },
	{ "in whatever order; without nothing the line says where it begins",
	  { { AT("fork", 4, 39.8e6) }, { AT("fork", 0.25, 3.05e6) }, { AT("fork", 1, 10.4e6) } },
	  "fork here costs 600 us and 9.8 ms [9.79, 9.81] more for each GiB: about 79 ms at 8 GiB "
	  "(same-cpu).\n" },
	{ "two sizes are a difference",
	  { { AT("fork", 0, 0.5e6) }, { AT("fork", 1, 10e6) }, { AT("vfork", 0, 30e3) }, { AT("vfork", 1, 30e3) } },
	  "fork here costs 500 us at 0 B and 10 ms at 1 GiB, 20.0 times [19.6, 20.4] as much; vfork "
	  "stays at 30 us (same-cpu).\n" },
	{ "what is not known to stay is not said to",
	  { { AT("fork", 0, 0.5e6) }, { AT("fork", 1, 10e6) }, { AT("vfork", 0, 30e3), .rounds = 5 },
	    { AT("vfork", 1, 30e3), .rounds = 5 } },
	  "fork here costs 500 us at 0 B and 10 ms at 1 GiB, 20.0 times [19.6, 20.4] as much "
	  "(same-cpu).\n" },
	{ "what grows saves nothing",
	  { { AT("fork", 0, 0.5e6) }, { AT("fork", 1, 10e6) }, { AT("posix-spawn", 0, 1e6) },
	    { AT("posix-spawn", 1, 3e6) } },
	  "fork here costs 500 us at 0 B and 10 ms at 1 GiB, 20.0 times [19.6, 20.4] as much "
	  "(same-cpu).\n"
	  "posix-spawn here costs 1 ms at 0 B and 3 ms at 1 GiB, 3.00 times [2.94, 3.06] as much "
	  "(same-cpu).\n" },
	{ "each backing is a line of its own",
	  { { AT("fork", 1, 10.1e6), .backing = "4k" }, { AT("fork", 2, 20.1e6), .backing = "4k" }, { AT("fork", 4, 40.1e6), .backing = "4k" },
	    { AT("fork", 1, 95e3), .backing = "thp" }, { AT("fork", 2, 195e3), .backing = "thp" },
	    { AT("fork", 4, 395e3), .backing = "thp" } },
	  "fork here costs 100 us and 10 ms [9.99, 10] more for each GiB: about 80.1 ms at 8 GiB (same-cpu, "
	  "backing=4k).\n"
	  "fork here costs 100 us [99.9, 100] for each GiB: about 795 us at 8 GiB "
	  "(same-cpu, backing=thp).\n" },
	{ "too few rounds for an interval",
	  { { AT("fork", 0, 0.6e6), .rounds = 5 }, { AT("fork", 1, 10e6), .rounds = 5 }, { AT("fork", 4, 40e6), .rounds = 5 } },
	  "" },
	{ "a yardstick has no price", { { AT("null", 0, 10) }, { AT("null", 1, 20) }, { AT("null", 4, 50) } }, "" },
};

START_TEST(answer)
{
	size_t count = 0;
	char *text;

	while (count < RESULTS_MAX && cases[_i].made[count].mechanism)
		count++;
	text = said_of(cases[_i].made, count);
	ck_assert_msg(!strcmp(text, cases[_i].said), "%s: %s", cases[_i].what, text);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spawn_answer");
	TCase *tcase = tcase_create("answer");

	tcase_add_loop_test(tcase, answer, 0, (int)COUNT_OF(cases));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
