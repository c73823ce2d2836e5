/* SPDX-License-Identifier: MIT */
/* check_io_answer - what io-lat says of rings and threads, from results that are made up */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/io-answer.h"
#include "engine/engine.h"
#include "results/record.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RESULTS_MAX 16
#define ROUNDS 8
#define MIB 1048576

enum { WORKLOAD, RW, CACHE, SIZE, BS, DEPTH, WAIT };

static const struct parameter parameters[] = {
	[WORKLOAD] = { .name = "workload", .type = PARAMETER_WORD },
	[RW] = { .name = "rw", .type = PARAMETER_WORD },
	[CACHE] = { .name = "cache", .type = PARAMETER_WORD },
	[SIZE] = { .name = "size", .type = PARAMETER_SIZE },
	[BS] = { .name = "bs", .type = PARAMETER_SIZE },
	[DEPTH] = { .name = "depth", .type = PARAMETER_COUNT },
	[WAIT] = { .name = "wait", .type = PARAMETER_TIME },
	{ .name = NULL },
};

static const struct tool tool = { .name = "fake-lat", .parameters = parameters,
				  .baseline = "threads" };

static const struct mechanism mechanisms[] = {
	{ "threads", "", 0 }, { "uring", "", ENGINE_RING }, { "uring-defer", "", ENGINE_RING },
	{ "uring-nop", "", ENGINE_RING | ENGINE_NOP }, { "uring-worker", "", ENGINE_RING },
	{ "processes", "", 0 },
};

/* One result: 0 rounds are ROUNDS; a spread makes every other round that much longer. */
struct made {
	const char *mechanism;
	uint64_t depth;
	double p50, cpu;
	size_t rounds;
	double spread;
	bool is_unproved;
	const char *rw, *placement;
};

struct bench {
	struct options options;
	struct plan plan;
	struct cell cells[RESULTS_MAX];
	struct metric_series metrics[RESULTS_MAX];
	double p50s[RESULTS_MAX][ROUNDS];
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

static void make_cell(struct cell *cell, const struct made *made)
{
	cell->mechanism = mechanism_of(made->mechanism);
	strcpy(cell->seat.name, made->placement ? made->placement : "same-cpu");
	cell->values[WORKLOAD].word = "file";
	cell->values[RW].word = made->rw ? made->rw : "randread";
	cell->values[CACHE].word = "warm";
	cell->values[SIZE].number = 64 * MIB;
	cell->values[BS].number = 4096;
	cell->values[DEPTH].number = made->depth;
	for (int i = WORKLOAD; i <= DEPTH; i++)
		cell->values[i].applies = true;
}

static void make_result(struct bench *bench, size_t i, const struct made *made)
{
	struct metric_series *metric = &bench->metrics[i];
	struct result *result = &bench->made[i];

	make_cell(&bench->cells[i], made);
	strcpy(metric->name, "interval");
	metric->round_p50 = bench->p50s[i];
	metric->rounds = made->rounds ? made->rounds : ROUNDS;
	for (size_t round = 0; round < metric->rounds; round++)
		bench->p50s[i][round] = made->p50 * (round % 2 ? 1 + made->spread : 1);
	result->cell = &bench->cells[i];
	result->metric = metric;
	result->p50 = made->p50;
	result->is_verified = !made->is_unproved;
	if (made->cpu > 0)
		result->figures[result->figure_count++] =
			(struct result_figure){ "cpu_ns_per_op", made->cpu };
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
	for (size_t i = 0; i < count; i++)
		make_result(bench, i, &made[i]);
	sentences = io_answer(&bench->results);
	for (size_t i = 0; sentences[i]; i++) {
		strcat(strcat(text, sentences[i]), "\n");
		free(sentences[i]);
	}
	free(sentences);
	free(bench);
	return text;
}

#define OF(name, in_flight, time, cpu_time) \
	.mechanism = (name), .depth = (in_flight), .p50 = (time), .cpu = (cpu_time)
#define WHERE "(same-cpu, randread, warm, size=64 MiB, bs=4 KiB).\n"

static const struct { const char *what; struct made made[RESULTS_MAX]; const char *said; } cases[] = {
	{ "nothing", { { .mechanism = NULL } }, "" },
	{ "threads alone", { { OF("threads", 1, 100, 0) }, { OF("processes", 1, 50, 0) } }, "" },
	{ "a ring alone", { { OF("uring", 1, 100, 0) } }, "" },
	{ "from the second depth on, in whatever order they come",
	  { { OF("threads", 32, 400, 4000) }, { OF("uring", 1, 300, 0) }, { OF("uring", 32, 100, 1000) },
	    { OF("threads", 8, 300, 300) }, { OF("threads", 1, 200, 0) }, { OF("uring", 8, 150, 600) } },
	  "From depth 8 on a ring wins here: uring makes 2.00 times [1.96, 2.04] the requests of "
	  "threads; CPU time of a request 600 ns against 300 ns, 2.00 times; at 32 uring makes 4.00 "
	  "times [3.92, 4.08] the requests of threads; CPU time of a request 1 us against 4 us, "
	  "0.25 times " WHERE },
	{ "from the last depth on",
	  { { OF("threads", 1, 100, 0) }, { OF("uring", 1, 200, 0) }, { OF("threads", 4, 100, 0) },
	    { OF("uring", 4, 50, 0) } },
	  "From depth 4 on a ring wins here: uring makes 2.00 times [1.96, 2.04] the requests of "
	  "threads " WHERE },
	{ "one depth", { { OF("threads", 4, 100, 0) }, { OF("uring", 4, 50, 0) } },
	  "At depth 4 a ring wins here: uring makes 2.00 times [1.96, 2.04] the requests of threads "
	  WHERE },
	{ "the best of the rings; no work and the kernel's threads are none",
	  { { OF("threads", 4, 100, 0) }, { OF("uring-nop", 4, 1, 0) }, { OF("uring-worker", 4, 2, 0) },
	    { OF("uring", 4, 80, 0) }, { OF("uring-defer", 4, 50, 0) } },
	  "At depth 4 a ring wins here: uring-defer makes 2.00 times [1.96, 2.04] the requests of "
	  "threads " WHERE },
	{ "at no depth",
	  { { OF("threads", 1, 100, 0) }, { OF("uring", 1, 200, 0) }, { OF("threads", 32, 100, 0) },
	    { OF("uring", 32, 125, 0) } },
	  "At no depth up to 32 does a ring win here: at 32 uring makes 0.80 times [0.78, 0.82] the "
	  "requests of threads " WHERE },
	{ "no difference",
	  { { OF("threads", 1, 100, 0) }, { OF("uring", 1, 100, 0) }, { OF("threads", 32, 100, 0) },
	    { OF("uring", 32, 80, 0), .spread = 0.6 } },
	  "Rings and threads do not differ measurably here up to depth 32: at 32 uring makes 0.99 "
	  "times [0.78, 1.25] the requests of threads " WHERE },
	{ "at some depths only",
	  { { OF("threads", 1, 100, 0) }, { OF("uring", 1, 200, 0) }, { OF("threads", 8, 100, 0) },
	    { OF("uring", 8, 50, 0) }, { OF("threads", 32, 100, 0) }, { OF("uring", 32, 100, 0) } },
	  "A ring wins here at some depths only: at 8 uring makes 2.00 times [1.96, 2.04] the "
	  "requests of threads; at 32 uring makes 1.00 times [0.98, 1.02] the requests of threads "
	  WHERE },
	{ "five rounds have no interval",
	  { { OF("threads", 4, 100, 0), .rounds = 5 }, { OF("uring", 4, 50, 0), .rounds = 5 } }, "" },
	{ "what is not proved is not said",
	  { { OF("threads", 4, 100, 0) }, { OF("uring", 4, 50, 0), .is_unproved = true } }, "" },
	{ "placements and kinds of requests are not mixed",
	  { { OF("threads", 4, 100, 0) }, { OF("uring", 4, 50, 0), .rw = "randwrite" },
	    { OF("uring-defer", 4, 50, 0), .placement = "llc" } }, "" },
	{ "each has its own sentence",
	  { { OF("threads", 4, 100, 0) }, { OF("threads", 4, 100, 0), .rw = "write" }, { OF("uring", 4, 50, 0) },
	    { OF("uring", 4, 200, 0), .rw = "write" } },
	  "At depth 4 a ring wins here: uring makes 2.00 times [1.96, 2.04] the requests of threads "
	  WHERE
	  "At no depth up to 4 does a ring win here: at 4 uring makes 0.50 times [0.49, 0.51] the "
	  "requests of threads (same-cpu, write, warm, size=64 MiB, bs=4 KiB).\n" },
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
	Suite *suite = suite_create("io_answer");
	TCase *tcase = tcase_create("answer");

	tcase_add_loop_test(tcase, answer, 0, (int)COUNT_OF(cases));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
