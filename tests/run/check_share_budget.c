/* SPDX-License-Identifier: MIT */
/* check_share_budget - how many rounds a preparation serves, and whose turn the budget holds */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "measure/share.h"
#include "run/share-budget.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Seconds stand for ns: the function knows ratios only. */
static const struct {
	double prepare, round, budget;
	size_t wanted, rounds;
} served[] = {
	{ 1, 1, 100, 6, 1 },           /* six of each take 12 */
	{ 1, 1, 12, 6, 1 },
	{ 1, 1, 11, 6, 2 },            /* five preparations: two rounds each, so three do */
	{ 10, 2, 42, 6, 2 },           /* 42 - 12 = 30: three preparations */
	{ 10, 2, 41, 6, 3 },           /* two */
	{ 10, 2, 32, 6, 3 },
	{ 10, 2, 31, 6, 6 },           /* one, for all */
	{ 10, 2, 5, 6, 6 },            /* not even that: the run decides */
	{ 10, 2, 0, 6, 1 },            /* no limit */
	{ 10, 2, 25, 1, 1 },
	{ 10, 2, 25, 0, 1 },
	{ 0, 0, 1, 6, 1 },
	{ 10, 2, 1e9, 15, 1 },
	{ 10, 2, 105, 15, 3 },         /* 75 left: seven, three rounds each */
};

START_TEST(rounds_of_a_preparation)
{
	const struct share_costs costs = { served[_i].prepare, served[_i].round };

	ck_assert_uint_eq(share_rounds(&costs, served[_i].wanted, served[_i].budget),
			  served[_i].rounds);
}
END_TEST

/* { prepare_s, round_s, is_measured, rounds, is_over } */
static const struct {
	struct share_state shares[3];
	double left_s;
	size_t rounds[3];              /* that each may take now */
	double budget_s[3];            /* NAN: whatever */
} turns[] = {
	/* All fit: each has what the others do not need, 11, 8 and 20. */
	{ { { 5, 1, true, 0, false }, { 2, 1, true, 0, false }, { 8, 2, true, 0, false } }, 60,
	  { 6, 6, 6 }, { 32, 29, 41 } },
	/* The dear one does not: it waits until the others have theirs. */
	{ { { 5, 1, true, 0, false }, { 2, 1, true, 0, false }, { 8, 2, true, 0, false } }, 38,
	  { 6, 6, 0 }, { 30, 27, NAN } },
	/* When they have, it takes what is left, though that is too little for six. */
	{ { { 5, 1, true, 6, false }, { 2, 1, true, 6, false }, { 8, 2, true, 0, false } }, 19,
	  { 0, 0, 6 }, { NAN, NAN, 19 } },
	/* Likewise with some rounds already; but of several that lack some, the cheapest alone. */
	{ { { 5, 1, true, 6, false }, { 5, 3, true, 2, false }, { 8, 2, true, 0, false } }, 16,
	  { 0, 4, 0 }, { NAN, 16, NAN } },
	/* Less than one round takes: nobody begins. */
	{ { { 5, 1, true, 6, false }, { 2, 1, true, 6, false }, { 8, 2, true, 0, false } }, 2.9,
	  { 0, 0, 0 }, { NAN, NAN, NAN } },
	/* What is not measured yet may be cheaper than it is thought to be. */
	{ { { 5, 1, true, 6, false }, { 2, 1, true, 6, false }, { 8, 2, false, 0, false } }, 11,
	  { 0, 0, 6 }, { NAN, NAN, 20 } },
	/* More rounds for those who have six, but nothing that others still need. */
	{ { { 5, 1, true, 6, false }, { 2, 1, true, 20, false }, { 8, 2, true, 4, false } }, 20,
	  { 9, 6, 2 }, { 8, 8, 20 } },
	/* Given up: no turn, and no need. */
	{ { { 5, 1, true, 0, true }, { 2, 1, true, 0, false }, { 8, 2, true, 0, false } }, 28,
	  { 0, 6, 6 }, { NAN, 8, 20 } },
};

START_TEST(turns_that_fit)
{
	for (size_t at = 0; at < 3; at++) {
		struct share_turn turn = share_budget(turns[_i].shares, 3, at, turns[_i].left_s);

		ck_assert_msg(turn.rounds == turns[_i].rounds[at], "share %zu: %zu rounds", at,
			      turn.rounds);
		if (!isnan(turns[_i].budget_s[at]))
			ck_assert_double_eq_tol(turn.budget_s, turns[_i].budget_s[at], 1e-9);
	}
}
END_TEST

/* What one shows raises those that nobody has measured, by a factor of two at most. */
START_TEST(learning)
{
	struct share_state shares[] = {
		{ .prepare_s = 1, .round_s = 1 }, { .prepare_s = 4, .round_s = 2 },
		{ .prepare_s = 8, .round_s = 8, .is_measured = true },
	};

	share_learn(shares, 3, 0, 2, 1);
	ck_assert(shares[0].is_measured && !shares[1].is_measured);
	ck_assert_double_eq(shares[0].prepare_s, 2);
	ck_assert_double_eq_tol(shares[1].prepare_s, 6, 1e-12);
	ck_assert_double_eq_tol(shares[1].round_s, 3, 1e-12);
	ck_assert_double_eq(shares[2].prepare_s, 8);
	share_learn(shares, 3, 0, 200, 100);
	ck_assert_double_eq_tol(shares[1].prepare_s, 12, 1e-12);
	share_learn(shares, 3, 0, 0.1, 0.1);
	ck_assert_double_eq_tol(shares[1].prepare_s, 12, 1e-12);
	ck_assert_double_eq_tol(shares[0].prepare_s, 0.1, 1e-12);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share_budget");
	TCase *tcase = tcase_create("share");

	tcase_add_loop_test(tcase, rounds_of_a_preparation, 0, (int)COUNT_OF(served));
	tcase_add_loop_test(tcase, turns_that_fit, 0, (int)COUNT_OF(turns));
	tcase_add_test(tcase, learning);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
