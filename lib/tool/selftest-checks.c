/* SPDX-License-Identifier: MIT */
#include "tool/selftest-checks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/calibrated.h"
#include "results/summary.h"
#include "statistics/compare.h"

/* One in a thousand sound runs may fail by bad luck, not one in twenty. */
#define SAME_ALPHA 0.001
#define LINE_POINTS_MAX 16
#define LINE_POINTS_MIN 3

struct check {
	const char *name;              /* also the mechanism's, unless there is another */
	const char *mechanism, *against;
	int (*find)(const struct selftest_source *source, const struct check *check,
		    struct selftest_facts *ret, char *reason, size_t size);
	selftest_judge *judge;
};

static const char *mechanism_of(const struct check *check)
{
	return check->mechanism ? check->mechanism : check->name;
}

static const struct result *find_result(const struct selftest_source *source, const char *name)
{
	for (size_t i = 0; i < source->results->result_count; i++)
		if (!strcmp(source->results->results[i].cell->mechanism->name, name))
			return &source->results->results[i];
	return NULL;
}

/* -EOPNOTSUPP: it cannot be had here; -ENODATA: it was lost. */
static int tell_missing(const struct selftest_source *source, const char *name, char *reason,
			size_t size)
{
	int error = -ENODATA;

	snprintf(reason, size, "nothing");
	for (size_t i = 0; i < source->results->plan->count; i++) {
		const struct series *series = &source->series[i];

		if (strcmp(source->results->plan->cells[i].mechanism->name, name))
			continue;
		if (series->skipped && !series->failed && !series->invalid)
			error = -EOPNOTSUPP;
	}
	for (size_t i = 0; i < source->results->skip_count; i++)
		if (!strcmp(source->results->skips[i].cell->mechanism->name, name))
			snprintf(reason, size, "%s", source->results->skips[i].reason);
	return error;
}

static int need_result(const struct selftest_source *source, const char *name,
		       const struct result **ret, char *reason, size_t size)
{
	const struct result *result = find_result(source, name);

	if (!result)
		return tell_missing(source, name, reason, size);
	*ret = result;
	if (result->is_verified)
		return 0;
	snprintf(reason, size, "not proved in %zu of %zu rounds", result->rounds_invalid,
		 result->rounds + result->rounds_invalid);
	return -ENODATA;
}

static double figure_of(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result->figure_count; i++)
		if (!strcmp(result->figures[i].name, name))
			return result->figures[i].value;
	return NAN;
}

static bool has_flag(const struct result *result, const char *flag)
{
	for (size_t i = 0; result->flags[i]; i++)
		if (!strcmp(result->flags[i], flag))
			return true;
	return false;
}

/* The interval that independent rounds would have. */
static int fill_plain_interval(const struct result *result, struct selftest_facts *ret)
{
	size_t rank = statistics_median_rank(result->rounds, SUMMARY_ALPHA);
	double *sorted = calloc(result->rounds + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, result->round_p50, result->rounds * sizeof(*sorted));
	statistics_sort(sorted, result->rounds);
	ret->plain_lo = rank ? sorted[rank - 1] : NAN;
	ret->plain_hi = rank ? sorted[result->rounds - rank] : NAN;
	free(sorted);
	return 0;
}

static void fill_faults(const struct result *result, struct selftest_facts *ret)
{
	for (size_t i = 0; i < result->series->proof_count; i++) {
		const struct round_proof *proof = &result->series->proofs[i].proof;

		if (strcmp(proof->name, "minor_faults"))
			continue;
		ret->expected_count = proof->expected;
		ret->observed_count = proof->observed;
	}
}

static int find_one(const struct selftest_source *source, const struct check *check,
		    struct selftest_facts *ret, char *reason, size_t size)
{
	const struct calibrated *calibrated = calibrated_find(mechanism_of(check));
	const struct result *result;
	int error = need_result(source, mechanism_of(check), &result, reason, size);

	if (error)
		return error;
	*ret = (struct selftest_facts){
		.set_ns = calibrated->spin_ns + calibrated->sleep_ns,
		.p50 = result->p50, .p50_lo = result->p50_lo, .p50_hi = result->p50_hi,
		.p99 = result->p99,
		.is_batch = result->metric->is_batch,
		.overhead_ns = result->overhead,
		.spread_ns = figure_of(result, "overhead_spread_ns"),
		.look_ns = figure_of(result, "look_ns"),
		.tick_ns = result->ns_per_tick,
		.slack_ns = source->slack_ns,
		.rounds = result->rounds,
		.n_eff = result->n_eff,
		.has_drift = has_flag(result, "DRIFT"),
		.has_modes = has_flag(result, "BIMODAL"),
		.is_serial = has_flag(result, "SERIAL"),
		.modes = { result->modes[0], result->modes[1] },
		.high_share = result->mode_shares[1],
	};
	fill_faults(result, ret);
	return fill_plain_interval(result, ret);
}

static int find_ratio(const struct selftest_source *source, const struct check *check, double alpha,
		      struct selftest_facts *ret, char *reason, size_t size)
{
	const struct result *result, *against;
	int error = find_one(source, check, ret, reason, size);

	if (!error)
		error = need_result(source, check->against, &against, reason, size);
	if (error)
		return error;
	result = find_result(source, mechanism_of(check));
	ret->ratio = compare_paired_ratio(result->metric->round_p50, against->metric->round_p50,
					  result->metric->rounds < against->metric->rounds
					  ? result->metric->rounds : against->metric->rounds,
					  alpha);
	return 0;
}

static int find_same(const struct selftest_source *source, const struct check *check,
		     struct selftest_facts *ret, char *reason, size_t size)
{
	return find_ratio(source, check, SAME_ALPHA, ret, reason, size);
}

static int find_more(const struct selftest_source *source, const struct check *check,
		     struct selftest_facts *ret, char *reason, size_t size)
{
	return find_ratio(source, check, SUMMARY_ALPHA, ret, reason, size);
}

struct points {
	const struct result *results[LINE_POINTS_MAX];
	double set_ns[LINE_POINTS_MAX];
	size_t count;
};

static bool has_length(const struct points *points, double ns)
{
	for (size_t i = 0; i < points->count; i++)
		if (points->set_ns[i] == ns)
			return true;
	return false;
}

/* The spins of lengths of their own, the same in every round; those in batches, or all. */
static void collect_points(const struct selftest_source *source, bool only_batches,
			   struct points *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < source->results->result_count && ret->count < LINE_POINTS_MAX; i++) {
		const struct result *result = &source->results->results[i];
		const struct calibrated *calibrated = calibrated_find(result->cell->mechanism->name);

		if (strncmp(calibrated->about.name, "spin-", 5) || !result->is_verified ||
		    has_length(ret, calibrated->spin_ns) ||
		    (only_batches && !result->metric->is_batch))
			continue;
		ret->results[ret->count] = result;
		ret->set_ns[ret->count++] = calibrated->spin_ns;
	}
}

static double median_of(double *values, size_t count)
{
	statistics_sort(values, count);
	return statistics_median(values, count);
}

/*
 * Theil and Sen: by least squares a disturbance of the longest spin, small as it
 * may be, would decide alone where the line meets 0.
 */
static void fit_points(const struct points *points, struct selftest_facts *ret)
{
	double slopes[LINE_POINTS_MAX * LINE_POINTS_MAX], rests[LINE_POINTS_MAX];
	size_t pairs = 0;

	for (size_t i = 0; i < points->count; i++)
		for (size_t j = i + 1; j < points->count; j++)
			slopes[pairs++] = (points->results[j]->p50 - points->results[i]->p50) /
					  (points->set_ns[j] - points->set_ns[i]);
	ret->slope = median_of(slopes, pairs);
	for (size_t i = 0; i < points->count; i++)
		rests[i] = points->results[i]->p50 - ret->slope * points->set_ns[i];
	ret->intercept = median_of(rests, points->count);
}

static int find_line_of(const struct selftest_source *source, bool only_batches,
			struct selftest_facts *ret, char *reason, size_t size)
{
	struct points points;

	collect_points(source, only_batches, &points);
	if (points.count < LINE_POINTS_MIN) {
		snprintf(reason, size, "only %zu spins %s", points.count,
			 only_batches ? "in batches" : "at all");
		return -EOPNOTSUPP;
	}
	*ret = (struct selftest_facts){ .is_batch = only_batches };
	for (size_t i = 0; i < points.count; i++) {
		const struct result *result = points.results[i];

		ret->overhead_ns = fmax(ret->overhead_ns, result->overhead);
		ret->spread_ns = fmax(ret->spread_ns, figure_of(result, "overhead_spread_ns"));
		ret->look_ns = fmax(ret->look_ns, figure_of(result, "look_ns"));
	}
	fit_points(&points, ret);
	return 0;
}

static int find_line(const struct selftest_source *source, const struct check *check,
		     struct selftest_facts *ret, char *reason, size_t size)
{
	(void)check;
	return find_line_of(source, false, ret, reason, size);
}

static int find_batch_line(const struct selftest_source *source, const struct check *check,
			   struct selftest_facts *ret, char *reason, size_t size)
{
	(void)check;
	return find_line_of(source, true, ret, reason, size);
}

static const struct check checks[] = {
	{ "nop", NULL, NULL, find_one, selftest_judge_nothing },
	{ "nop-alone", NULL, NULL, find_one, selftest_judge_nothing },
	{ "spin-50ns", NULL, NULL, find_one, selftest_judge_spin },
	{ "spin-200ns", NULL, NULL, find_one, selftest_judge_spin },
	{ "spin-500ns", NULL, NULL, find_one, selftest_judge_spin },
	{ "spin-1us", NULL, NULL, find_one, selftest_judge_spin },
	{ "spin-10us", NULL, NULL, find_one, selftest_judge_spin },
	{ "spin-100us", NULL, NULL, find_one, selftest_judge_spin },
	{ "spin-1ms", NULL, NULL, find_one, selftest_judge_spin },
	{ "spin-line", NULL, NULL, find_line, selftest_judge_line },
	{ "batch-line", NULL, NULL, find_batch_line, selftest_judge_line },
	{ "steady", "spin-10us", NULL, find_one, selftest_judge_steady },
	{ "spikes", NULL, NULL, find_one, selftest_judge_spikes },
	{ "two-modes", NULL, NULL, find_one, selftest_judge_two_modes },
	{ "ramp", NULL, NULL, find_one, selftest_judge_ramp },
	{ "square-wave", NULL, NULL, find_one, selftest_judge_square_wave },
	{ "sleep", NULL, NULL, find_one, selftest_judge_sleep },
	{ "pages", NULL, NULL, find_one, selftest_judge_count },
	{ "a-against-a", "spin-same", "spin-10us", find_same, selftest_judge_same },
	{ "a-against-b", "spin-more", "spin-10us", find_more, selftest_judge_more },
};

_Static_assert(sizeof(checks) / sizeof(checks[0]) == SELFTEST_CHECKS, "one answer a check");

/* What cannot be judged fails, unless this machine cannot do it at all. */
static int judge_one(const struct selftest_source *source, const struct check *check,
		     struct selftest_answer *ret)
{
	struct selftest_verdict *verdict = &ret->verdict;
	struct selftest_facts facts = { .set_ns = NAN };
	char reason[sizeof(verdict->found)] = "";
	int error = check->find(source, check, &facts, reason, sizeof(reason));

	if (error == -ENOMEM)
		return error;
	*ret = (struct selftest_answer){ .check = check->name };
	if (error) {
		snprintf(verdict->found, sizeof(verdict->found), "%s",
			 *reason ? reason : strerror(-error));
		ret->outcome = error == -EOPNOTSUPP ? SELFTEST_NOT_CHECKED : SELFTEST_FAILS;
	} else {
		check->judge(&facts, verdict);
		ret->outcome = verdict->holds ? SELFTEST_HOLDS : SELFTEST_FAILS;
	}
	return 0;
}

int selftest_check(const struct selftest_source *source,
		   struct selftest_answer ret_answers[SELFTEST_CHECKS])
{
	int error = 0;

	for (size_t i = 0; i < SELFTEST_CHECKS && !error; i++)
		error = judge_one(source, &checks[i], &ret_answers[i]);
	return error;
}

size_t selftest_count(const struct selftest_answer answers[SELFTEST_CHECKS],
		      enum selftest_outcome outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < SELFTEST_CHECKS; i++)
		count += answers[i].outcome == outcome;
	return count;
}

bool selftest_is_believed(const struct selftest_answer answers[SELFTEST_CHECKS])
{
	return selftest_count(answers, SELFTEST_HOLDS) && !selftest_count(answers, SELFTEST_FAILS);
}
