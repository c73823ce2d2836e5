/* SPDX-License-Identifier: MIT */
/* check_reasons - why a result is not verified, and why it has no interval, in plain words */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../kit/suite.h"
#include "results/proof-words.h"
#include "results/summary.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	struct round_proof proof;
	const char *words;
} proofs[] = {
	{ { "children", PROOF_EQUAL, 5, 4 }, "children was to be 5 and was 4" },
	{ { "faults", PROOF_AT_LEAST, 10, 2.5 }, "faults was to be at least 10 and was 2.5" },
	{ { "switches", PROOF_MOSTLY, 2000, 12 },
	  "switches was to be 95 % at least of 2000 and was 12" },
	{ { "wall_ns", PROOF_AT_LEAST, 9178, 1494.5 },
	  "by its rate an operation took 1494.5 ns and by its CPU time alone 9178 ns at least" },
	{ { "rate_of_mean", PROOF_AT_LEAST, 0.95, 0.4 },
	  "its rate and its mean time contradict each other: one is 0.4 times what the other says" },
	{ { "odd", 77, 1, 2 }, "odd was to be 1 and was 2" },
};

START_TEST(proof_in_words)
{
	char words[PROOF_WORDS_BYTES];

	proof_describe(&proofs[_i].proof, words, sizeof(words));
	ck_assert_str_eq(words, proofs[_i].words);
}
END_TEST

/* Rounds by letters: V valid, L lost, I not proved; a value follows the last one's. */
static const struct {
	const char *rounds;
	size_t fixed;                  /* --rounds */
	const char *reason;
} few[] = {
	{ "VVVVVV", 0, "" },
	{ "VVVVV", 0, "5 rounds of the 6 that it takes: raise --time" },
	{ "V", 0, "1 round of the 6 that it takes: raise --time" },
	{ "VVV", 3, "3 rounds of the 6 that it takes: raise --rounds" },
	{ "VVVLLI", 6, "3 rounds beside 3 that do not count of the 6 that it takes: raise --time" },
	{ "VVVVVVVVVV", 0, "" },
	/* each a little more than the last: they say less than six that are independent */
	{ "vvvvvvvvvv", 0, "its 10 rounds resemble their neighbours too much: more are needed" },
};

static const char *const metrics[] = { "life", NULL };
static const struct parameter parameters[] = { { .name = NULL } };
static const struct tool tool = { .name = "fake-cost", .parameters = parameters,
				  .metrics = metrics, .headline = "life", .baseline = "none" };
static const struct mechanism mechanism = { "fork", "", 0 };

static void add_round(struct series *series, char fate, double p50)
{
	const struct histogram_pair pair = { 10, 1000 };
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { &pair };
	struct round round;

	round_init(&round, "fork");
	if (fate == 'L') {
		round_fail(&round, ROUND_FAILED, EIO, "fork", "not today");
	} else {
		round.series_count = 1;
		round.series[0] = (struct round_series){ "life", 0, 1, 1000, p50, p50, p50,
							 1000 * p50, 0, 0, p50, 1 };
		round_add_proof(&round, "children", PROOF_EQUAL, 5, fate == 'I' ? 4 : 5);
	}
	ck_assert_int_eq(series_add(series, &round, pairs), 0);
}

START_TEST(no_interval_in_words)
{
	struct options options = { .tool = &tool, .precision = 0.02, .rounds = few[_i].fixed };
	struct cell cell = { .mechanism = &mechanism };
	struct plan plan = { .options = &options, .cells = &cell, .count = 1 };
	struct results results = { 0 };
	struct series series = { 0 };

	for (size_t i = 0; few[_i].rounds[i]; i++)
		add_round(&series, few[_i].rounds[i],
			  few[_i].rounds[i] == 'v' ? 1000 + 10 * (double)i : 1000 + i % 2);
	ck_assert_int_eq(summary_make(&plan, &series, 1, &results), 0);
	ck_assert_uint_eq(results.result_count, 1);
	ck_assert_str_eq(results.results[0].no_interval, few[_i].reason);
	results_free(&results);
	series_done(&series);
}
END_TEST

static Suite *reasons_suite(void)
{
	Suite *suite = suite_create("reasons");
	TCase *tcase = tcase_create("words");

	tcase_add_loop_test(tcase, proof_in_words, 0, (int)COUNT_OF(proofs));
	tcase_add_loop_test(tcase, no_interval_in_words, 0, (int)COUNT_OF(few));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(reasons_suite());
}
