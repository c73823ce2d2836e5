/* SPDX-License-Identifier: MIT */
/*
 * tool/selftest-judge - judges whether a measurement agrees with the known cost of an operation.
 *
 * A judge is pure: facts give a verdict, which says what was expected and what
 * was found, in words, and whether they agree.  A p50 or ratio of NAN never does.
 * Times are ns.
 */
#ifndef HANDOFF_SELFTEST_JUDGE_H
#define HANDOFF_SELFTEST_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "statistics/statistics.h"

/* Beside its timer slack, a sleep may be late by a wake-up. */
#define SELFTEST_WAKE_NS 100000.0

struct selftest_facts {
	double set_ns;                 /* what the operation is set to cost */
	double p50, p50_lo, p50_hi, p99;
	bool is_batch;
	double overhead_ns, spread_ns; /* of the harness itself, an operation; IQR */
	double look_ns;                /* what a spin is exact to */
	double tick_ns;
	double slack_ns;               /* of the kernel's timers */
	size_t rounds;
	double n_eff;
	double plain_lo, plain_hi;     /* the interval as of independent rounds */
	bool has_drift, has_modes, is_serial;
	double modes[2], high_share;
	double expected_count, observed_count;
	struct interval ratio;         /* to another operation, paired by round */
	double slope, intercept;       /* found against set, over several spins */
};

struct selftest_verdict {
	bool holds;
	char expected[80], found[120];
};

typedef void selftest_judge(const struct selftest_facts *facts, struct selftest_verdict *ret);

selftest_judge selftest_judge_nothing, selftest_judge_spin, selftest_judge_steady,
	selftest_judge_line, selftest_judge_spikes, selftest_judge_two_modes,
	selftest_judge_ramp, selftest_judge_square_wave, selftest_judge_sleep,
	selftest_judge_count, selftest_judge_same, selftest_judge_more;

#endif
