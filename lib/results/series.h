/* SPDX-License-Identifier: MIT */
/*
 * results/series - collects what the rounds of one cell have brought.
 *
 * Grows by one entry a round, whatever became of that round, so that the i-th
 * values of two cells are of the same round.  A lost or disproved round is NAN
 * in round_p50 and counts as failed or invalid; its operations are not merged.
 * Ticks, as the worker sent them, overhead not yet taken off.
 *
 * A round that contradicts itself or those before it is a lost round, too.
 *
 * series_add() returns 0 or -ENOMEM.  One owner; series_done() takes a zeroed
 * struct.
 */
#ifndef HANDOFF_SERIES_H
#define HANDOFF_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/round.h"
#include "statistics/histogram.h"

/* What one round adds to the sums of a metric; n is 0 where it has none. */
struct metric_round {
	uint64_t n;
	double sum, max;               /* raw ticks an operation */
};

struct metric_series {
	char name[24];
	bool is_batch;
	struct metric_round *totals;   /* one a round */
	double *round_p50;             /* overhead taken off, in ticks; NAN: no such round */
	size_t rounds, room;
	struct histogram histogram;
	double bucket_ticks;
	uint64_t n;
	double sum, min, max;          /* raw ticks an operation */
	double *overheads, *colds;     /* one a valid round */
	size_t valid;
	double overhead_spread;        /* the largest */
};

struct figure_series {
	char name[32];
	double *values;
	size_t count;
};

struct proof_series {
	struct round_proof proof;      /* sums over all rounds that were measured */
	size_t broken;                 /* rounds in which it did not hold */
	struct round_proof worst;      /* the last of those */
};

struct series {
	size_t rounds, valid, invalid, failed, skipped;
	uint64_t *preparations;        /* one a round: what it shares with others; 0: nothing */
	struct lost_time *lost;        /* one a round */
	uint32_t flags;                /* of any valid round */
	size_t flagged_nowarm, flagged_nonlinear, flagged_ramp;   /* rounds */
	struct metric_series metrics[ROUND_SERIES_MAX];
	size_t metric_count;
	struct proof_series proofs[ROUND_PROOFS_MAX];
	size_t proof_count;
	struct figure_series figures[ROUND_FIGURES_MAX];
	size_t figure_count;
	uint64_t cpus[ROUND_CPUS_MAX / 64];
	double core_least, core_most;  /* core clock per tick */
	double rss_kib;
	bool is_unreached;             /* left out, and last_reason says why */
	char last_step[24], last_reason[200];  /* of the last lost round */
	int last_error;
};

int series_add(struct series *series, const struct round *round,
	       const struct histogram_pair *const *pairs);
/* A round in which this cell had no turn: NAN, and no more than that. */
int series_pass(struct series *series);

/* Whether anything became of any round: it was measured, lost or skipped. */
bool series_had_turn(const struct series *series);
/* The budget was spent before the cell's first turn. */
void series_leave_out(struct series *series, const char *reason);

void series_done(struct series *series);

const struct metric_series *series_metric(const struct series *series, const char *name);

#endif
