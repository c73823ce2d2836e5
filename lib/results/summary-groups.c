/* SPDX-License-Identifier: MIT */
#include "results/summary-groups.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure-order.h"
#include "results/summary.h"
#include "statistics/compare.h"

#define PAGE_BYTES 4096.0
/* A line through two points always fits: it takes a third to say so. */
#define FIT_POINTS_MIN 3
#define FIT_POINTS_MAX 64
/*
 * Standard deviation of a ratio from run to run beside what its rounds show, as a fraction:
 * what make bench-repeat found on a shared host (JCGM 100:2008, 4.3.1).  The reference of
 * its runs at one speed varied alike.
 */
#define BETWEEN_RUNS 0.01

static bool is_same_value(const struct value *a, const struct value *b)
{
	if (!a->applies || !b->applies)
		return true;
	if (a->word || b->word)
		return a->word && b->word && !strcmp(a->word, b->word);
	return a->number == b->number;
}

bool summary_same_circumstances(const struct plan *plan, const struct cell *a,
				const struct cell *b, int but)
{
	const struct tool *tool = plan->options->tool;

	if (strcmp(a->seat.name, b->seat.name) || a->is_spread != b->is_spread)
		return false;
	if (a->peer && b->peer && strcmp(a->peer, b->peer))
		return false;
	for (int i = 0; tool->parameters[i].name; i++)
		if (i != but && !is_same_value(&a->values[i], &b->values[i]))
			return false;
	return true;
}

/*
 * What the rounds of a run have in common no interval over them knows of: another run may
 * find the machine in another state.  Both are combined as independent uncertainties are
 * (JCGM 100:2008, 5.1.2), on the scale of logarithms.
 */
static void widen(struct interval *ratio)
{
	double common = statistics_normal_quantile(1 - SUMMARY_ALPHA / 2) * BETWEEN_RUNS;

	if (!ratio->has_interval)
		return;
	ratio->lo = ratio->mid * exp(-hypot(log(ratio->mid / ratio->lo), common));
	ratio->hi = ratio->mid * exp(hypot(log(ratio->hi / ratio->mid), common));
}

struct interval summary_ratio(const struct result *a, const struct result *b)
{
	size_t rounds = a->metric->rounds < b->metric->rounds ? a->metric->rounds
							      : b->metric->rounds;
	struct interval ratio = compare_clustered_ratio(a->metric->round_p50, b->metric->round_p50,
							a->series ? a->series->preparations : NULL,
							rounds, SUMMARY_ALPHA);

	/* To itself it has no other. */
	if (a->metric != b->metric)
		widen(&ratio);
	return ratio;
}

/*
 * Results by seat, each seat's in their own order: those of other seats are no
 * comparison, and a matrix has thousands of seats.
 */
struct seating {
	const struct result **results;
	size_t count;
};

static int compare_seats(const void *a, const void *b)
{
	const struct result *left = *(const struct result *const *)a;
	const struct result *right = *(const struct result *const *)b;
	int order = strcmp(left->cell->seat.name, right->cell->seat.name);

	return order ? order : (left > right) - (left < right);
}

static int seating_make(const struct results *results, struct seating *ret)
{
	ret->count = results->result_count;
	ret->results = calloc(ret->count + 1, sizeof(*ret->results));
	if (!ret->results)
		return -ENOMEM;
	for (size_t i = 0; i < ret->count; i++)
		ret->results[i] = &results->results[i];
	qsort(ret->results, ret->count, sizeof(*ret->results), compare_seats);
	return 0;
}

/* Those from first on that have its seat. */
static struct seating seating_part(const struct seating *all, size_t first)
{
	struct seating part = { all->results + first, 1 };

	while (first + part.count < all->count &&
	       !strcmp(part.results[part.count]->cell->seat.name, part.results[0]->cell->seat.name))
		part.count++;
	return part;
}

static bool is_comparable(const struct results *results, const struct result *a,
			  const struct result *b)
{
	return !strcmp(a->metric->name, b->metric->name) && a->is_verified && b->is_verified &&
	       summary_same_circumstances(results->plan, a->cell, b->cell, -1);
}

static const struct result *find_baseline(const struct results *results,
					  const struct seating *seat, const struct result *result)
{
	const char *name = results->plan->options->tool->baseline;
	const struct result *found = NULL;

	for (size_t i = 0; i < seat->count; i++) {
		const struct result *other = seat->results[i];

		if (!strcmp(other->cell->mechanism->name, name) &&
		    is_comparable(results, result, other)) {
			/* Of several (stacks, say) none is the one. */
			if (found)
				return NULL;
			found = other;
		}
	}
	return found;
}

static const struct result *find_floor(const struct results *results, const struct seating *seat,
				       const struct result *result)
{
	for (size_t i = 0; i < seat->count; i++)
		if (seat->results[i]->cell->mechanism->traits & MECHANISM_FLOOR &&
		    is_comparable(results, result, seat->results[i]))
			return seat->results[i];
	return NULL;
}

/* Before anything is compared: what is not true is no baseline. */
static void hold_against_floor(const struct results *results, const struct seating *seat,
			       struct result *result)
{
	const struct result *floor = result->is_yardstick ? NULL : find_floor(results, seat, result);

	if (floor)
		result->is_verified = figures_are_above(result, floor, result->reason);
}

static void set_ratio(const struct results *results, const struct seating *seat,
		      struct result *result)
{
	const struct result *baseline = find_baseline(results, seat, result);
	struct interval ratio;

	if (!baseline || result->is_yardstick)
		return;
	ratio = summary_ratio(result, baseline);
	result->baseline = baseline->cell->mechanism->name;
	result->ratio = ratio.mid;
	result->ratio_lo = ratio.has_interval ? ratio.lo : NAN;
	result->ratio_hi = ratio.has_interval ? ratio.hi : NAN;
}

/* Who does no work wins nothing. */
static bool can_be_best(const struct result *result)
{
	return result->is_verified && !result->is_yardstick;
}

/* Among at least two: who is alone wins nothing either. */
static void mark_best(const struct results *results, const struct seating *seat,
		      struct result *result)
{
	size_t rivals = 0;

	result->is_best = false;
	if (!can_be_best(result))
		return;
	for (size_t i = 0; i < seat->count; i++) {
		const struct result *other = seat->results[i];

		if (other == result || !can_be_best(other) ||
		    !is_comparable(results, result, other))
			continue;
		if (other->p50 < result->p50)
			return;
		rivals++;
	}
	result->is_best = rivals > 0;
}

static bool is_of_fit(const struct results *results, const struct result *a,
		      const struct result *b, int rss)
{
	return a->cell->mechanism == b->cell->mechanism && b->is_verified &&
	       !strcmp(a->metric->name, b->metric->name) &&
	       summary_same_circumstances(results->plan, a->cell, b->cell, rss);
}

static size_t collect_fit(const struct results *results, const struct seating *seat,
			  const struct result *result, int rss, const struct result **ret_points)
{
	size_t count = 0;

	for (size_t i = 0; i < seat->count && count < FIT_POINTS_MAX; i++)
		if (is_of_fit(results, result, seat->results[i], rss))
			ret_points[count++] = seat->results[i];
	return count;
}

/*
 * A point to which a parameter does not apply (no backing without memory) goes
 * with any other; but a line through points of two kinds would be of neither.
 */
static bool is_one_kind(const struct results *results, const struct result **points,
			size_t count, int rss)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (!summary_same_circumstances(results->plan, points[i]->cell,
							points[j]->cell, rss))
				return false;
	return true;
}

/* A row for each round, of all points. */
static void fill_rows(const struct result **points, size_t count, size_t rounds, double *ret)
{
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < count; i++)
			ret[round * count + i] = points[i]->metric->round_p50[round] *
						 points[i]->ns_per_tick;
}

/* Rows resemble each other as the values of that point do which has the fewest preparations. */
static const uint64_t *clusters_of(const struct result **points, size_t count)
{
	const struct result *fewest = points[0];

	for (size_t i = 1; i < count; i++)
		if (points[i]->preparations < fewest->preparations)
			fewest = points[i];
	return fewest->series->preparations;
}

static size_t common_rounds(const struct result **points, size_t count)
{
	size_t rounds = points[0]->metric->rounds;

	for (size_t i = 1; i < count; i++)
		rounds = points[i]->metric->rounds < rounds ? points[i]->metric->rounds : rounds;
	return rounds;
}

static void keep_fit(struct result *result, const struct compare_line_fit *line, size_t points)
{
	result->fit_ns = line->intercept.mid;
	result->fit_ns_per_page = line->slope.mid;
	result->fit_ns_per_page_lo = line->slope.lo;
	result->fit_ns_per_page_hi = line->slope.hi;
	result->fit_points = points;
}

/*
 * What is large varies by more: each point has the weight that its own size gives it, or
 * the largest alone would say what nothing costs.
 */
static int fit(struct result *result, const struct result **points, size_t count, int rss)
{
	double pages[FIT_POINTS_MAX], weights[FIT_POINTS_MAX], *rows;
	struct compare_points all = { pages, weights, count, NULL, clusters_of(points, count),
				      common_rounds(points, count) };
	struct compare_line_fit line;
	int error;

	for (size_t i = 0; i < count; i++) {
		pages[i] = (double)points[i]->cell->values[rss].number / PAGE_BYTES;
		weights[i] = points[i]->p50 > 0 ? 1 / (points[i]->p50 * points[i]->p50) : 1;
	}
	rows = calloc(all.rounds * count + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	fill_rows(points, count, all.rounds, rows);
	all.y_rounds = rows;
	error = compare_fit_line(&all, SUMMARY_ALPHA, &line);
	free(rows);
	if (!error)
		keep_fit(result, &line, count);
	return error == -EINVAL ? 0 : error;
}

/* The sweep that a line is fitted over; -1: there is none. */
static int fitted_parameter(const struct tool *tool)
{
	for (int i = 0; tool->parameters[i].name; i++)
		if (tool->parameters[i].is_fitted)
			return i;
	return -1;
}

static int fit_pages(const struct results *results, const struct seating *seat,
		     struct result *result)
{
	const struct result *points[FIT_POINTS_MAX];
	int rss = fitted_parameter(results->plan->options->tool);
	size_t count;

	if (rss < 0 || !result->cell->values[rss].applies || !result->is_verified)
		return 0;
	count = collect_fit(results, seat, result, rss, points);
	if (count < FIT_POINTS_MIN || !is_one_kind(results, points, count, rss))
		return 0;
	return fit(result, points, count, rss);
}

static struct result *result_at(struct results *results, const struct seating *seat, size_t i)
{
	return &results->results[seat->results[i] - results->results];
}

static int compare_seat(struct results *results, const struct seating *seat)
{
	int error = 0;

	for (size_t i = 0; i < seat->count; i++)
		hold_against_floor(results, seat, result_at(results, seat, i));
	for (size_t i = 0; i < seat->count && !error; i++) {
		struct result *result = result_at(results, seat, i);

		set_ratio(results, seat, result);
		mark_best(results, seat, result);
		error = fit_pages(results, seat, result);
	}
	return error;
}

int summary_compare_groups(struct results *results)
{
	struct seating all, seat;
	int error = seating_make(results, &all);

	for (size_t i = 0; i < all.count && !error; i += seat.count) {
		seat = seating_part(&all, i);
		error = compare_seat(results, &seat);
	}
	free(all.results);
	return error;
}
