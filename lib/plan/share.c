/* SPDX-License-Identifier: MIT */
#include "plan/share.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/maker.h"
#include "plan/units.h"

/* What a worker takes for a round of a cell that prepares nothing; for forecasts only. */
#define OTHER_ROUND_S 0.02
/* Of the memory that the kernel calls available, what a run may take. */
#define MEMORY_SHARE 0.8
/* Budgets that nobody named are stretched so far. */
#define STRETCH 2
/*
 * What a cell takes is known by about a factor of two: one that might fit is tried, and
 * the run, which learns what it takes, decides.
 */
#define DOUBT 2

static bool can_share(const struct plan *plan, const struct cell *a, const struct cell *b)
{
	return a->share && !strcmp(a->seat.name, b->seat.name) && a->memory == b->memory &&
	       plan->options->tool->shares(a, b);
}

static size_t find_share(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (can_share(plan, &plan->cells[i], &plan->cells[index]))
			return plan->cells[i].share;
	return 0;
}

void plan_make_shares(struct plan *plan)
{
	const struct tool *tool = plan->options->tool;

	for (size_t i = 0; tool->shares && i < plan->count; i++) {
		struct cell *cell = &plan->cells[i];

		if (cell->skip || !tool->shares(cell, cell))
			continue;
		cell->share = find_share(plan, i);
		if (!cell->share)
			cell->share = ++plan->share_count;
	}
}

struct cell_cost plan_share_cost(const struct plan *plan, size_t share, const struct page_cost *page)
{
	struct cell_cost all = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];
		struct cell_cost one;

		if (cell->skip || cell->share != share)
			continue;
		one = plan->options->tool->cost(cell, page);
		all.prepare_s = fmax(all.prepare_s, one.prepare_s);
		all.memory_bytes = fmax(all.memory_bytes, one.memory_bytes);
		all.round_s += one.round_s;
	}
	return all;
}

size_t plan_count_others(const struct plan *plan)
{
	size_t others = 0;

	for (size_t i = 0; i < plan->count; i++)
		others += !plan->cells[i].skip && !plan->cells[i].share;
	return others;
}

double plan_others_s(const struct plan *plan, size_t rounds)
{
	return (double)(plan_count_others(plan) * rounds) * OTHER_ROUND_S;
}

/* "rss=4 GiB, same-cpu" */
static void describe_share(const struct plan *plan, const struct cell *cell, char *ret, size_t size)
{
	const struct parameter *parameters = plan->options->tool->parameters;
	size_t used = 0;

	for (size_t i = 0; parameters[i].name; i++) {
		char text[64];

		if (!parameters[i].is_prepared || !cell->values[i].applies || !plan_shows(plan, i))
			continue;
		plan_format_value(parameters[i].type, &cell->values[i], text, sizeof(text));
		used += (size_t)snprintf(ret + used, size - used, "%s=%s, ", parameters[i].name, text);
		used = used < size ? used : size - 1;
	}
	snprintf(ret + used, size - used, "%s", cell->seat.name);
}

__attribute__((format(printf, 2, 3)))
static const char *keep(struct plan *plan, const char *format, ...)
{
	char text[320];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	return plan_keep_text(plan, text);
}

/* What this machine's memory cannot hold costs no time at all. */
static int skip_what_is_too_large(struct plan *plan, const struct page_cost *page)
{
	int skipped = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct cell *cell = &plan->cells[i];
		char wanted[32], available[32];
		double bytes;

		if (cell->skip || !cell->share)
			continue;
		bytes = plan->options->tool->cost(cell, page).memory_bytes;
		if (bytes <= MEMORY_SHARE * page->available_bytes || page->available_bytes < 0)
			continue;
		units_format_size((uint64_t)bytes, wanted, sizeof(wanted));
		units_format_size((uint64_t)page->available_bytes, available, sizeof(available));
		cell->skip = keep(plan, "it asks for %s, and %s of memory are available here: a run "
				  "takes at most 80 %% of that", wanted, available);
		if (!cell->skip)
			return -ENOMEM;
		skipped++;
	}
	return skipped;
}

struct item {
	struct cell *cell;
	struct cell_cost cost;
};

/* Cheapest first, with what it needs prepared; of equals the first of the plan. */
static int compare_items(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	double x = left->cost.prepare_s + SHARE_ROUNDS_LEAST * left->cost.round_s;
	double y = right->cost.prepare_s + SHARE_ROUNDS_LEAST * right->cost.round_s;

	if (x < y || x > y)
		return x < y ? -1 : 1;
	return (left->cell > right->cell) - (left->cell < right->cell);
}

static size_t collect_items(const struct plan *plan, const struct page_cost *page, struct item *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (!plan->cells[i].skip && plan->cells[i].share)
			ret[count++] = (struct item){
				&plan->cells[i], plan->options->tool->cost(&plan->cells[i], page),
			};
	qsort(ret, count, sizeof(*ret), compare_items);
	return count;
}

static double limit_s(const struct plan *plan)
{
	const struct options *options = plan->options;

	if (options->rounds)
		return INFINITY;
	return DOUBT * options->budget_ns / 1e9 * (options->has_budget ? 1 : STRETCH);
}

static const char *refusal(struct plan *plan, const struct cell *cell, double all_s)
{
	char where[160];

	describe_share(plan, cell, where, sizeof(where));
	return keep(plan, "%d rounds of all that was asked for take about %.0f s, and --time leaves "
		    "too few for %s: give --time=%.0fs, or name fewer mechanisms or sizes",
		    SHARE_ROUNDS_LEAST, ceil(all_s), where, ceil(1.2 * all_s));
}

static double all_s(const struct item *items, size_t count, bool *is_open, double others_s)
{
	double sum = others_s;

	for (size_t i = 0; i < count; i++) {
		sum += SHARE_ROUNDS_LEAST * items[i].cost.round_s;
		sum += is_open[items[i].cell->share] ? 0 : items[i].cost.prepare_s;
		is_open[items[i].cell->share] = true;
	}
	return sum;
}

/* Each that fits beside those before it.  Returns how many do not, or -ENOMEM. */
static int admit(struct plan *plan, const struct item *items, size_t count, bool *is_open)
{
	double spent = plan_others_s(plan, SHARE_ROUNDS_LEAST), all = all_s(items, count, is_open, spent);
	int refused = 0;

	memset(is_open, 0, (plan->share_count + 1) * sizeof(*is_open));
	for (size_t i = 0; i < count; i++) {
		struct cell *cell = items[i].cell;
		double more = SHARE_ROUNDS_LEAST * items[i].cost.round_s +
			      (is_open[cell->share] ? 0 : items[i].cost.prepare_s);

		if (spent + more <= limit_s(plan)) {
			spent += more;
			is_open[cell->share] = true;
			continue;
		}
		cell->skip = refusal(plan, cell, all);
		cell->is_beyond_budget = true;
		if (!cell->skip)
			return -ENOMEM;
		refused++;
	}
	return refused;
}

/* "rss=4 GiB, same-cpu: about 1.6 s to prepare, 2.4 s a round; 6 rounds take 16 s to 24 s" */
static int write_note(struct plan *plan, const struct cell *cell, const struct cell_cost *cost)
{
	double least = cost->prepare_s + SHARE_ROUNDS_LEAST * cost->round_s;
	double most = SHARE_ROUNDS_LEAST * (cost->prepare_s + cost->round_s);
	char where[160], prepare[32], round[32], low[32], high[32];

	describe_share(plan, cell, where, sizeof(where));
	units_format_time(1e9 * cost->prepare_s, prepare, sizeof(prepare));
	units_format_time(1e9 * cost->round_s, round, sizeof(round));
	units_format_time(1e9 * least, low, sizeof(low));
	units_format_time(1e9 * most, high, sizeof(high));
	plan->notes[plan->note_count] =
		keep(plan, "%s: about %s to prepare, %s a round; %d rounds take %s to %s", where,
		     prepare, round, SHARE_ROUNDS_LEAST, low, high);
	return plan->notes[plan->note_count++] ? 0 : -ENOMEM;
}

static int note_share(struct plan *plan, size_t share, const struct page_cost *page)
{
	struct cell_cost cost = plan_share_cost(plan, share, page);

	for (size_t i = 0; i < plan->count; i++)
		if (plan->cells[i].share == share && !plan->cells[i].skip)
			return write_note(plan, &plan->cells[i], &cost);
	return 0;
}

static int note_shares(struct plan *plan, const struct page_cost *page)
{
	int error = 0;

	plan->notes = calloc(plan->share_count + 1, sizeof(*plan->notes));
	if (!plan->notes)
		return -ENOMEM;
	for (size_t share = 1; share <= plan->share_count && !error; share++)
		error = note_share(plan, share, page);
	return error;
}

static int keep_costs(struct plan *plan, const struct page_cost *page)
{
	plan->share_costs = calloc(plan->share_count + 1, sizeof(*plan->share_costs));
	for (size_t share = 1; plan->share_costs && share <= plan->share_count; share++)
		plan->share_costs[share] = plan_share_cost(plan, share, page);
	return plan->share_costs ? 0 : -ENOMEM;
}

int plan_fit_budget(struct plan *plan, const struct page_cost *page)
{
	struct item *items = calloc(plan->count + 1, sizeof(*items));
	bool *is_open = calloc(plan->share_count + 1, sizeof(*is_open));
	int skipped = items && is_open ? skip_what_is_too_large(plan, page) : -ENOMEM;
	int error = skipped < 0 ? skipped : note_shares(plan, page), refused = 0;

	if (!error)
		refused = admit(plan, items, collect_items(plan, page, items), is_open);
	if (refused >= 0)
		refused = keep_costs(plan, page) ? -ENOMEM : refused;
	free(items);
	free(is_open);
	return error ? error : refused < 0 ? refused : skipped + refused;
}
