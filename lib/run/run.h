/* SPDX-License-Identifier: MIT */
/*
 * run/run - a run under way; for supervisor.c and share-turn.c only.
 */
#ifndef HANDOFF_RUN_H
#define HANDOFF_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/round.h"
#include "plan/concurrent.h"
#include "results/series.h"
#include "run/budget.h"
#include "run/memory-kill.h"
#include "run/share-budget.h"
#include "run/supervisor.h"
#include "run/worker.h"
#include "statistics/stopping.h"

/* The cells of one turn, and what is wanted of and said by their workers. */
struct concurrent_cells {
	size_t count;
	size_t cells[CONCURRENT_MOST];
	char **arguments[CONCURRENT_MOST];
	struct worker_order orders[CONCURRENT_MOST];
	struct worker_answer answers[CONCURRENT_MOST];
	struct round failures[CONCURRENT_MOST];
};

struct run {
	const struct supervisor *supervisor;
	struct series *series;
	struct concurrent_cells *concurrent;
	struct stopping stopping;
	size_t *cells, *perm;          /* indices of the cells to measure */
	struct share_state *shares;    /* share s of the plan is shares[s - 1] */
	uint64_t preparations;         /* so far, of all shares */
	double alone_s;                /* a round of a cell without a share, the last one */
	double turns_s;                /* all those, and of how many cells */
	size_t turns_cells;
	size_t turns;                  /* in this round */
	struct concurrent_line line;      /* those of a round whose turn has not come */
	size_t count;
	struct budget budget;
	uint64_t random;
	double window_ns;
	double ramp_ns;                /* of each cell that has a ramp */
	struct memory_kill memory_kill;
	bool is_host_lost;
	bool has_stood_still;          /* in the turn that was last */
	struct worker_answer reference_answer;
};

double run_elapsed_ns(const struct run *run);

/* Of the budget, in seconds; INFINITY where rounds are counted. */
double run_left_s(const struct run *run, size_t round);

/* Of this worker alone, and of no other run's. */
uint64_t run_fresh_nonce(void);

/* What the worker of a cell is to do; turn: of its share, or NULL. NULL: no memory; the caller frees it. */
char **run_job_of(struct run *run, size_t cell, size_t round, const struct share_turn *turn,
		  const char *path);
struct worker_order run_order_of(struct run *run, size_t cell, char **arguments);

/* For one window of a cell. */
double run_deadline_ns(const struct run *run, const struct cell *cell);

int run_add_round(struct run *run, size_t cell, struct round *round,
		  const struct histogram_pair *const *pairs);

/* What cannot run here will not in the next round either. */
bool run_is_given_up(const struct series *series);

void run_tell_progress(struct run *run, size_t round, size_t cell);

#endif
