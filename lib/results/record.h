/* SPDX-License-Identifier: MIT */
/*
 * results/record - holds what is printed: the run, its results, its skips, its end.
 *
 * Plain structs that renderers read and nothing else.  Times are ns; what is
 * missing is NAN in a double and NULL or 0 in the rest, and then absent from
 * every format.  A result is one metric of one cell.
 *
 * struct results owns all that hangs on it; results_free() takes a half-made
 * one.
 */
#ifndef HANDOFF_RECORD_H
#define HANDOFF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/clock-ladder.h"
#include "host/environment.h"
#include "host/noise.h"
#include "kernel/inet-address.h"
#include "measure/round.h"
#include "plan/plan.h"
#include "results/host-speed.h"
#include "results/series.h"
#include "statistics/histogram.h"
#include "statistics/statistics.h"

#define RECORD_SCHEMA "handoff/1"
#define RECORD_RUN_BYTES 18            /* sixteen digits and a hyphen: never a number */
#define RESULT_FLAGS_MAX 16
#define RESULT_REASON_BYTES 240
#define RESULT_NO_INTERVAL_BYTES 120
/* Of what another host says of itself, and the NUL. */
#define RECORD_TEXT_BYTES 64

struct result_figure {
	const char *name;
	double value;
};

/* A result by the rounds that the host ran at one speed. */
struct result_speed {
	size_t rounds;
	double share;                  /* of the result's rounds that have a speed */
	double p50, p50_lo, p50_hi;
};

/*
 * Time in which what should have run did not, over the rounds of a result; NAN: not known.  What
 * was lost is of the rounds hit (results/lost-rounds.h), what was counted of all of them.
 */
struct result_lost {
	double rounds_hit;
	double lost_ns, waited_ns, stopped_ns, steal_ns, stops, involuntary;
	double mean_hit, max_hit;              /* ns; where there are such rounds */
	double mean_clean, p50_clean, max_clean;
	double counted_run_delay_ns, counted_off_cpu_ns, counted_steal_ns, counted_involuntary;
	const struct lost_time **rounds;       /* as they were told; result's rounds of them */
	double *round_lost_ns;
};

struct result {
	const struct cell *cell;
	const struct series *series;   /* proofs, CPUs seen */
	const struct metric_series *metric;
	double ns_per_tick;
	uint64_t n;
	size_t rounds, rounds_invalid, rounds_lost;
	size_t preparations;           /* that the rounds come from: as many, or fewer */
	double min, p50, p50_lo, p50_hi, p90, p99, p999, max, mean;
	double overhead, cold;
	double n_eff, rho;
	double modes[2], mode_shares[2];     /* when BIMODAL */
	double *round_p50;             /* ns; rounds of them */
	struct result_lost lost;
	bool is_yardstick;             /* its precision is nobody's aim: it has no target */
	bool is_verified, is_target_met;
	char reason[RESULT_REASON_BYTES];    /* why it is not verified; empty if it is */
	char no_interval[RESULT_NO_INTERVAL_BYTES];  /* why there is none; empty if there is */
	double rounds_needed;          /* forecast when the target was not met */
	const char *flags[RESULT_FLAGS_MAX + 1];
	struct result_figure figures[ROUND_FIGURES_MAX];
	size_t figure_count;
	const char *baseline;          /* what the ratio refers to */
	double ratio, ratio_lo, ratio_hi;
	bool is_best;                  /* of its group: same placement, same parameters */
	double reference_ns;           /* the median of its rounds' references; NAN: they have none */
	struct result_speed speeds[SPEEDS_MOST];   /* where the host had two; else NAN */
	double fit_ns, fit_ns_per_page, fit_ns_per_page_lo, fit_ns_per_page_hi;
	size_t fit_points;             /* sizes that the line goes through */
};

struct skip {
	const struct cell *cell;
	char reason[320];
	bool is_unreached;             /* the budget did not hold it */
};

/* What the other host says of itself. */
struct remote_facts {
	char address[REMOTE_ADDRESS_BYTES];    /* numeric; empty: there is no other host */
	char version[RECORD_TEXT_BYTES], kernel[RECORD_TEXT_BYTES], hostname[RECORD_TEXT_BYTES];
};

struct results {
	const struct plan *plan;
	const struct options *options;
	const struct environment *environment;
	const struct clock_ladder *ladder;
	struct remote_facts remote;
	const char *build;             /* of the tool and its workers: measure/build-id.h */
	struct host_speed speed;
	char **argv;
	char run[RECORD_RUN_BYTES];    /* tells this run from any other */
	char started[40];              /* RFC 3339 */
	uint64_t seed;
	const struct warning *warnings;
	size_t warning_count;
	struct result *results;
	size_t result_count;
	struct skip *skips;
	size_t skip_count;
	char **sentences;              /* the answer in words; NULL-terminated */
	double elapsed_s;
	int status;
};

void results_free(struct results *results);

/* The result of a metric of the same cell, or NULL. */
const struct result *results_find(const struct results *results, const struct cell *cell,
				  const char *metric);

#endif
