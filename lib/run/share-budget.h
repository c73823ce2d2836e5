/* SPDX-License-Identifier: MIT */
/*
 * run/share-budget - whose turn is worth its time, where preparing is dear.
 *
 * A share (plan/share.h) that lacks the rounds of an interval comes first, cheap ones
 * before dear ones; what is left then goes to more rounds.  No share begins what the
 * budget cannot hold, so that none takes the time that a cheaper one needs.  Pure.
 */
#ifndef HANDOFF_SHARE_BUDGET_H
#define HANDOFF_SHARE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

struct share_state {
	double prepare_s, round_s;     /* as measured last, or about */
	bool is_measured;
	size_t rounds;                 /* it has */
	bool is_over;                  /* none of its cells goes on */
};

struct share_turn {
	size_t rounds;                 /* still wanted; 0: no turn */
	double budget_s;               /* for all of them, and what they share */
};

/* left_s: of the budget, less what cells without a share still need. */
struct share_turn share_budget(const struct share_state *shares, size_t count, size_t at,
			       double left_s);

/* The costs that a turn showed; what others were thought to cost is raised alike. */
void share_learn(struct share_state *shares, size_t count, size_t at, double prepare_s,
		 double round_s);

#endif
