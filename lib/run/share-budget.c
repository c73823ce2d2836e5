/* SPDX-License-Identifier: MIT */
#include "run/share-budget.h"

#include <math.h>

#include "plan/share.h"

/* Rounds that make an interval good enough to look at (stopping.h). */
#define ROUNDS_GOOD 15
/* One share's costs correct what the others are thought to cost by this much at most. */
#define LESSON_MOST 2.0

/* To have the rounds of an interval. */
static double need_s(const struct share_state *share)
{
	if (share->is_over || share->rounds >= SHARE_ROUNDS_LEAST)
		return 0;
	return share->prepare_s + (double)(SHARE_ROUNDS_LEAST - share->rounds) * share->round_s;
}

/* What nobody has measured yet may take half as long: then it is worth a try. */
static double hoped_s(const struct share_state *share)
{
	return need_s(share) * (share->is_measured ? 1 : 0.5);
}

static bool comes_before(const struct share_state *shares, size_t i, size_t at)
{
	double mine = need_s(&shares[at]), other = need_s(&shares[i]);

	return other < mine || (other <= mine && i < at);
}

/* What those need that come before; and of all, those that fit beside each other. */
static bool is_admitted(const struct share_state *shares, size_t count, size_t at, double left_s)
{
	double before = 0;

	for (size_t i = 0; i < count; i++)
		before += i != at && comes_before(shares, i, at) ? need_s(&shares[i]) : 0;
	return before + hoped_s(&shares[at]) <= left_s;
}

static double others_need_s(const struct share_state *shares, size_t count, size_t at,
			    double left_s)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		if (i != at && is_admitted(shares, count, i, left_s))
			sum += need_s(&shares[i]);
	return sum;
}

/* Of all that lack rounds the cheapest. */
static bool is_next(const struct share_state *shares, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (i != at && need_s(&shares[i]) > 0 && comes_before(shares, i, at))
			return false;
	return true;
}

/*
 * Too little time for an interval, as it seems: what it takes may have been thought too dear,
 * and a few rounds say more than none.
 */
static struct share_turn last_resort(const struct share_state *share, double free_s)
{
	bool fits = share->prepare_s + share->round_s <= free_s;

	return (struct share_turn){ fits ? SHARE_ROUNDS_LEAST - share->rounds : 0, free_s };
}

/* Whether one that lacks rounds, and seems too dear, could still have some of them. */
static bool does_one_wait(const struct share_state *shares, size_t count, double left_s)
{
	for (size_t i = 0; i < count; i++)
		if (need_s(&shares[i]) > 0 && !is_admitted(shares, count, i, left_s) &&
		    shares[i].prepare_s + shares[i].round_s <= left_s)
			return true;
	return false;
}

struct share_turn share_budget(const struct share_state *shares, size_t count, size_t at,
			       double left_s)
{
	const struct share_state *share = &shares[at];
	double others = others_need_s(shares, count, at, left_s), free_s = left_s - others;
	struct share_turn turn = { 0, free_s };

	if (share->is_over)
		return turn;
	if (share->rounds < SHARE_ROUNDS_LEAST) {
		if (!is_admitted(shares, count, at, left_s))
			return others > 0 || !is_next(shares, count, at)
				? turn : last_resort(share, free_s);
		turn.rounds = SHARE_ROUNDS_LEAST - share->rounds;
		turn.budget_s = fmax(free_s, need_s(share));
	} else if (share->prepare_s + share->round_s <= free_s &&
		   !does_one_wait(shares, count, left_s)) {
		turn.rounds = share->rounds < ROUNDS_GOOD ? ROUNDS_GOOD - share->rounds
							   : SHARE_ROUNDS_LEAST;
	}
	return turn;
}

void share_learn(struct share_state *shares, size_t count, size_t at, double prepare_s,
		 double round_s)
{
	double before = shares[at].prepare_s + shares[at].round_s;
	double factor = before > 0 ? (prepare_s + round_s) / before : 1;

	/*
	 * Small ones are mostly what does not grow with them: they teach only so much, and
	 * not that the large are cheap.  That is hoped for already.
	 */
	factor = fmin(fmax(factor, 1), LESSON_MOST);
	for (size_t i = 0; i < count; i++)
		if (!shares[i].is_measured && i != at) {
			shares[i].prepare_s *= factor;
			shares[i].round_s *= factor;
		}
	shares[at].prepare_s = prepare_s;
	shares[at].round_s = round_s;
	shares[at].is_measured = true;
}
