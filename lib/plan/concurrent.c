/* SPDX-License-Identifier: MIT */
#include "plan/concurrent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Seconds of setting up beyond which a cell takes much of what all have to share. */
#define EXTRA_SECONDS_MOST 0.5

static bool is_modest(const struct tool *tool, const struct cell *cell)
{
	return !tool->extra_seconds || tool->extra_seconds(cell) <= EXTRA_SECONDS_MOST;
}

static bool may_be_concurrent(const struct plan *plan, const struct cell *cell)
{
	const struct tool *tool = plan->options->tool;

	return plan->options->has_concurrent && !cell->share && cell->seat.cpus[0] >= 0 &&
	       cell->seat.cpus[1] >= 0 && cell->seat.cores[0] >= 0 && cell->seat.cores[1] >= 0 &&
	       (!tool->is_apart || tool->is_apart(cell)) && is_modest(tool, cell);
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

int concurrent_line_init(struct concurrent_line *line, const struct plan *plan)
{
	size_t limit = core_limit(plan);

	*line = (struct concurrent_line){
		.cells = calloc(plan->count + 1, sizeof(*line->cells)),
		.is_taken = calloc(limit + 1, sizeof(*line->is_taken)),
	};
	if (!line->cells || !line->is_taken)
		return -ENOMEM;
	for (size_t i = 0; i < plan->count; i++)
		for (int side = 0; side < 2; side++)
			if (plan->cells[i].seat.cores[side] >= 0)
				line->is_taken[plan->cells[i].seat.cores[side]] = true;
	for (size_t core = 0; core < limit; core++) {
		line->cores += line->is_taken[core];
		line->is_taken[core] = false;
	}
	return 0;
}

void concurrent_line_done(struct concurrent_line *line)
{
	free(line->cells);
	free(line->is_taken);
	*line = (struct concurrent_line){ .cells = NULL };
}

/* Returns how many cores that are. */
static size_t mark(struct concurrent_line *line, const struct seat *seat, bool is_taken)
{
	line->is_taken[seat->cores[0]] = line->is_taken[seat->cores[1]] = is_taken;
	return seat->cores[0] == seat->cores[1] ? 1 : 2;
}

static bool fits(const struct plan *plan, const struct concurrent_line *line,
		 const struct cell *cell)
{
	return may_be_concurrent(plan, cell) && !line->is_taken[cell->seat.cores[0]] &&
	       !line->is_taken[cell->seat.cores[1]];
}

/* Behind the first, which has been taken.  Returns how many there are then. */
static size_t take_others(const struct plan *plan, struct concurrent_line *line, size_t *ret)
{
	size_t cores = mark(line, &plan->cells[ret[0]].seat, true), count = 1;
	size_t kept = line->begin, look = line->begin;

	for (; look < line->end && count < CONCURRENT_MOST && cores < line->cores; look++) {
		const struct cell *cell = &plan->cells[line->cells[look]];

		if (fits(plan, line, cell)) {
			ret[count++] = line->cells[look];
			cores += mark(line, &cell->seat, true);
		} else {
			line->cells[kept++] = line->cells[look];
		}
	}
	/* Those who stay close up to the ones that were not looked at. */
	memmove(line->cells + look - (kept - line->begin), line->cells + line->begin,
		(kept - line->begin) * sizeof(*line->cells));
	line->begin = look - (kept - line->begin);
	return count;
}

size_t concurrent_take(const struct plan *plan, struct concurrent_line *line,
		    size_t ret[static CONCURRENT_MOST])
{
	size_t count;

	if (line->begin == line->end)
		return 0;
	ret[0] = line->cells[line->begin++];
	if (!may_be_concurrent(plan, &plan->cells[ret[0]]))
		return 1;
	count = take_others(plan, line, ret);
	for (size_t i = 0; i < count; i++)
		mark(line, &plan->cells[ret[i]].seat, false);
	return count;
}

/* The most cells that any one core has. */
static size_t count_on_busiest(const struct plan *plan, size_t *loads)
{
	size_t most = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];
		int sides = cell->seat.cores[0] == cell->seat.cores[1] ? 1 : 2;

		for (int side = 0; !cell->skip && may_be_concurrent(plan, cell) && side < sides; side++) {
			size_t load = ++loads[cell->seat.cores[side]];

			most = load > most ? load : most;
		}
	}
	return most;
}

size_t concurrent_turns_most(const struct plan *plan)
{
	size_t *loads = calloc(core_limit(plan) + 1, sizeof(*loads));
	size_t alone = 0, together = 0, most, turns;

	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];

		together += !cell->skip && may_be_concurrent(plan, cell);
		alone += !cell->skip && !may_be_concurrent(plan, cell);
	}
	most = loads && together ? count_on_busiest(plan, loads) : 0;
	free(loads);
	turns = most ? 2 * most - 1 + together / CONCURRENT_MOST : together;
	return alone + (turns < together ? turns : together);
}
