/* SPDX-License-Identifier: MIT */
/*
 * check_coverage - does "95 %" mean it, with the stopping rule in the loop?
 *
 * Replays the six noise models of handoff-method(7) INTERVAL through the shipped interval and
 * the shipped stopping rule, and holds the share of runs whose final interval
 * contains the true median against the bounds given there. A run that ends
 * without interval is "n/a", counted apart: it claimed nothing.
 *
 * True median: the median of the distribution one round value has when the
 * round is picked at random from an endless series, in closed form. All noise
 * is symmetric in the logarithm around 1, except where a mixture shifts it.
 */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "statistics/statistics.h"
#include "statistics/stopping.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ALPHA 0.05
#define TARGET 0.01
#define TRIALS 2000
#define ROUNDS_MAX 398
#define SEED UINT64_C(0x68616e646f6666)
#define NOISE_SD 0.02
#define SPIKE_SHARE 0.05
#define MODE_SHARE 0.30
#define MODE_RATIO 1.20
#define SINE_SHARE 0.03
#define SINE_PERIOD_ROUNDS 40
#define TIME_LIMIT_S 600

/* splitmix64 (Steele, Lea, Flood 2014), and one spare normal of Box-Muller. */
struct source {
	uint64_t state;
	double spare;
	bool has_spare;
};

static double uniform(struct source *source)
{
	uint64_t z = source->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	/* never 0: its logarithm is taken */
	return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static double normal(struct source *source)
{
	double radius, angle;

	source->has_spare = !source->has_spare;
	if (!source->has_spare)
		return source->spare;
	radius = sqrt(-2 * log(uniform(source)));
	angle = 2 * M_PI * uniform(source);
	source->spare = radius * sin(angle);
	return radius * cos(angle);
}

static void fill_lognormal(struct source *source, double *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = exp(NOISE_SD * normal(source));
}

/* One round in twenty costs 10 % more and upwards, tail index 1.5. */
static void fill_spikes(struct source *source, double *y, size_t n)
{
	fill_lognormal(source, y, n);
	for (size_t i = 0; i < n; i++)
		if (uniform(source) < SPIKE_SHARE)
			y[i] += 0.1 * pow(uniform(source), -1 / 1.5);
}

static void fill_two_modes(struct source *source, double *y, size_t n)
{
	fill_lognormal(source, y, n);
	for (size_t i = 0; i < n; i++)
		if (uniform(source) < MODE_SHARE)
			y[i] *= MODE_RATIO;
}

/* Stationary from the first round on, marginal spread NOISE_SD. */
static void fill_autoregressive(struct source *source, double *y, size_t n, double rho)
{
	double x = normal(source);

	for (size_t i = 0; i < n; i++) {
		y[i] = exp(NOISE_SD * x);
		x = rho * x + sqrt(1 - rho * rho) * normal(source);
	}
}

static void fill_ar_half(struct source *source, double *y, size_t n)
{
	fill_autoregressive(source, y, n, 0.5);
}

static void fill_ar_strong(struct source *source, double *y, size_t n)
{
	fill_autoregressive(source, y, n, 0.8);
}

/* A run may start anywhere in the period. */
static void fill_sine(struct source *source, double *y, size_t n)
{
	double phase = 2 * M_PI * uniform(source);

	fill_lognormal(source, y, n);
	for (size_t i = 0; i < n; i++)
		y[i] *= exp(SINE_SHARE * sin(phase + 2 * M_PI * (double)i / SINE_PERIOD_ROUNDS));
}

/*
 * `above` is the share of values that lie wholly above the median: the others
 * are lognormal around 1, and have half of everything below the median.
 */
static const struct model {
	const char *name;
	void (*fill)(struct source *source, double *y, size_t n);
	double above;
	double least, most;	/* as handoff-method(7) has them */
} models[] = {
	{ "iid lognormal, sd 2 %", fill_lognormal, 0, .935, .985 },
	{ "5 % Pareto spikes", fill_spikes, SPIKE_SHARE, .935, .985 },
	{ "70/30 bimodal, +20 %", fill_two_modes, MODE_SHARE, .935, .985 },
	{ "AR(1) 0.5", fill_ar_half, 0, .93, 1 },
	{ "AR(1) 0.8", fill_ar_strong, 0, .92, 1 },
	{ "slow sine +-3 %, period 40", fill_sine, 0, .92, 1 },
};

struct tally {
	size_t covered, intervals, over_budget, rounds;
};

/* One run as the harness does it; returns the interval it would print. */
static struct interval run_once(const double *y, size_t *ret_rounds, bool *ret_is_done)
{
	struct stopping stopping;
	struct interval interval = { .has_interval = false };
	size_t rounds = 0;

	stopping_init(&stopping, TARGET, STOPPING_LOOKS_NEEDED, STOPPING_FIRST_LOOK);
	while (rounds < ROUNDS_MAX && !stopping_is_done(&stopping)) {
		rounds++;
		if (!stopping_is_look(&stopping, rounds))
			continue;
		interval = statistics_median_interval(y, rounds, ALPHA);
		stopping_judge(&stopping, stopping_is_met(&interval, stopping.target));
	}
	*ret_rounds = rounds;
	*ret_is_done = stopping_is_done(&stopping);
	return interval;
}

static struct tally replay(const struct model *model, struct source *source)
{
	double median = exp(NOISE_SD * statistics_normal_quantile(0.5 / (1 - model->above)));
	struct tally tally = { 0 };
	double y[ROUNDS_MAX];

	for (size_t trial = 0; trial < TRIALS; trial++) {
		struct interval interval;
		size_t rounds;
		bool is_done;

		model->fill(source, y, ROUNDS_MAX);
		interval = run_once(y, &rounds, &is_done);
		tally.rounds += rounds;
		tally.over_budget += !is_done;
		tally.intervals += interval.has_interval;
		tally.covered += interval.has_interval &&
				 interval.lo <= median && median <= interval.hi;
	}
	return tally;
}

START_TEST(coverage)
{
	const struct model *model = &models[_i];
	struct source source = { .state = SEED + (uint64_t)_i };
	struct tally tally = replay(model, &source);
	double share;

	ck_assert_uint_gt(tally.intervals, TRIALS * 9 / 10);
	share = (double)tally.covered / (double)tally.intervals;
	printf("%-28s coverage %.4f  mean rounds %5.1f  budget hit %4.1f %%  n/a %zu\n",
	       model->name, share, (double)tally.rounds / TRIALS,
	       100. * (double)tally.over_budget / TRIALS, TRIALS - tally.intervals);
	/* before check forks or reports */
	fflush(stdout);
	ck_assert_double_ge(share, model->least);
	ck_assert_double_le(share, model->most);
}
END_TEST

static Suite *coverage_suite(void)
{
	Suite *suite = suite_create("coverage");
	TCase *tcase = tcase_create("six noise models");

	tcase_set_timeout(tcase, TIME_LIMIT_S);
	tcase_add_loop_test(tcase, coverage, 0, COUNT_OF(models));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(coverage_suite());
}
