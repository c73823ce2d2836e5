/* SPDX-License-Identifier: MIT */
#include "company.h"

#include <stdlib.h>

static bool may_have_company(const struct plan *plan, const struct cell *cell)
{
	const struct tool *tool = plan->options->tool;

	return plan->options->has_concurrent && cell->seat.cpus[0] >= 0 &&
	       cell->seat.cpus[1] >= 0 && cell->seat.cores[0] >= 0 && cell->seat.cores[1] >= 0 &&
	       (!tool->is_apart || tool->is_apart(cell));
}

static bool share_a_core(const struct seat *a, const struct seat *b)
{
	return a->cores[0] == b->cores[0] || a->cores[0] == b->cores[1] ||
	       a->cores[1] == b->cores[0] || a->cores[1] == b->cores[1];
}

static bool fits_beside(const struct plan *plan, size_t cell, const size_t *taken, size_t count)
{
	if (count == WORKERS_MOST || !may_have_company(plan, &plan->cells[cell]))
		return false;
	for (size_t i = 0; i < count; i++)
		if (share_a_core(&plan->cells[cell].seat, &plan->cells[taken[i]].seat))
			return false;
	return true;
}

size_t company_take(const struct plan *plan, struct company_line *line,
		    size_t ret[static WORKERS_MOST])
{
	size_t count = 0, kept = line->begin + 1;

	if (line->begin == line->end)
		return 0;
	ret[count++] = line->cells[line->begin++];
	if (!may_have_company(plan, &plan->cells[ret[0]]))
		return count;
	for (size_t i = line->begin; i < line->end; i++) {
		size_t cell = line->cells[i];

		if (fits_beside(plan, cell, ret, count))
			ret[count++] = cell;
		else
			line->cells[kept++] = cell;
	}
	line->end = kept;
	return count;
}

/* Cores go by the lowest CPU in them. */
static size_t core_limit(const struct plan *plan)
{
	int limit = 0;

	for (size_t i = 0; i < plan->count; i++)
		for (int side = 0; side < 2; side++)
			if (plan->cells[i].seat.cores[side] >= limit)
				limit = plan->cells[i].seat.cores[side] + 1;
	return (size_t)limit;
}

/* The most cells that any one core has. */
static size_t count_on_busiest(const struct plan *plan, size_t *loads)
{
	size_t most = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];
		int sides = cell->seat.cores[0] == cell->seat.cores[1] ? 1 : 2;

		for (int side = 0; !cell->skip && may_have_company(plan, cell) && side < sides; side++) {
			size_t load = ++loads[cell->seat.cores[side]];

			most = load > most ? load : most;
		}
	}
	return most;
}

size_t company_turns_most(const struct plan *plan)
{
	size_t *loads = calloc(core_limit(plan) + 1, sizeof(*loads));
	size_t alone = 0, together = 0, most, turns;

	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];

		together += !cell->skip && may_have_company(plan, cell);
		alone += !cell->skip && !may_have_company(plan, cell);
	}
	most = loads && together ? count_on_busiest(plan, loads) : 0;
	free(loads);
	turns = most ? 2 * most - 1 + together / WORKERS_MOST : together;
	return alone + (turns < together ? turns : together);
}
