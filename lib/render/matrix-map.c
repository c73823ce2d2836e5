/* SPDX-License-Identifier: MIT */
#include "render/matrix-map.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewer CPUs to a gap, and it would tell nothing. */
#define CPUS_A_GAP 4

/* Which CPUs there are */

static int highest_cpu(const struct plan *plan)
{
	int highest = -1;

	for (size_t i = 0; i < plan->count; i++)
		for (int side = 0; side < 2; side++)
			if (plan->cells[i].seat.cpus[side] > highest)
				highest = plan->cells[i].seat.cpus[side];
	return highest;
}

/* In the plan's order. */
static void collect_cpus(struct matrix_map *map, int *nodes)
{
	const struct plan *plan = map->results->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct seat *seat = &plan->cells[i].seat;

		if (seat->cpus[0] < 0 || map->rows[seat->cpus[0]] >= 0)
			continue;
		map->rows[seat->cpus[0]] = (int)map->count;
		map->cpus[map->count] = seat->cpus[0];
		nodes[map->count++] = seat->nodes[0];
	}
}

/* If CPUs are numbered node by node: else there would be gaps everywhere. */
static void set_gaps(struct matrix_map *map, const int *nodes)
{
	size_t changes = 0;

	for (size_t i = 1; i < map->count; i++) {
		map->gaps[i] = nodes[i] != nodes[i - 1];
		changes += map->gaps[i];
	}
	if (changes * CPUS_A_GAP > map->count)
		memset(map->gaps, 0, map->count * sizeof(*map->gaps));
}

static int find_cpus(struct matrix_map *map)
{
	size_t room = (size_t)(highest_cpu(map->results->plan) + 1);
	int *nodes = calloc(room + 1, sizeof(*nodes));

	map->rows = malloc((room + 1) * sizeof(*map->rows));
	map->cpus = calloc(room + 1, sizeof(*map->cpus));
	map->gaps = calloc(room + 1, sizeof(*map->gaps));
	if (!nodes || !map->rows || !map->cpus || !map->gaps) {
		free(nodes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < room; i++)
		map->rows[i] = -1;
	collect_cpus(map, nodes);
	set_gaps(map, nodes);
	free(nodes);
	return 0;
}

/* What is in a map */

static bool is_same_value(const struct value *a, const struct value *b)
{
	if (a->applies != b->applies || !a->applies)
		return a->applies == b->applies;
	return a->word && b->word ? !strcmp(a->word, b->word) : a->number == b->number;
}

/* What does not apply to a pair of other CPUs makes no second map. */
static bool is_same_kind(const struct plan *plan, const struct cell *a, const struct cell *b)
{
	const struct parameter *parameters = plan->options->tool->parameters;

	if (a->mechanism != b->mechanism || !a->peer != !b->peer ||
	    (a->peer && strcmp(a->peer, b->peer)))
		return false;
	for (size_t i = 0; parameters[i].name; i++)
		if (plan_shows(plan, i) && !is_same_value(&a->values[i], &b->values[i]))
			return false;
	return true;
}

static bool is_shown(const struct results *results, const struct result *result)
{
	return plan_is_headline(results->options->tool, result->metric->name) &&
	       result->cell->seat.cpus[0] >= 0 && result->cell->seat.cpus[1] >= 0;
}

enum matrix_side matrix_map_side(const struct result *result)
{
	return result->cell->seat.cpus[0] == result->cell->seat.cpus[1] ? MATRIX_SELF : MATRIX_PAIR;
}

static void add_result(struct matrix_map *map, const struct result *result)
{
	const struct seat *seat = &result->cell->seat;
	struct matrix_part *facts = &map->facts[matrix_map_side(result)];

	map->at[(size_t)map->rows[seat->cpus[0]] * map->count + (size_t)map->rows[seat->cpus[1]]] =
		result;
	facts->metric = result->metric->name;
	if (!result->is_verified)
		return;
	if (!facts->least || result->p50 < facts->least->p50)
		facts->least = result;
	if (!facts->most || result->p50 > facts->most->p50)
		facts->most = result;
}

static void choose_unit(struct matrix_map *map)
{
	double most = 0;

	for (int i = 0; i < MATRIX_PARTS; i++)
		if (map->facts[i].most)
			most = fmax(most, map->facts[i].most->p50);
	map->unit = most < 1e3 ? "ns" : most < 1e6 ? "us" : "ms";
	map->unit_ns = most < 1e3 ? 1 : most < 1e6 ? 1e3 : 1e6;
}

void matrix_map_fill(struct matrix_map *map, size_t kind)
{
	const struct results *results = map->results;

	map->kind = map->kinds[kind];
	memset(map->at, 0, map->count * map->count * sizeof(*map->at));
	memset(map->facts, 0, sizeof(map->facts));
	for (size_t i = 0; i < results->result_count; i++) {
		const struct result *result = &results->results[i];

		if (is_shown(results, result) &&
		    is_same_kind(results->plan, result->cell, map->kind))
			add_result(map, result);
	}
	choose_unit(map);
}

/* The latest kind is the likeliest. */
static bool is_new_kind(const struct matrix_map *map, const struct result *result)
{
	if (!is_shown(map->results, result))
		return false;
	for (size_t i = map->kind_count; i-- > 0;)
		if (is_same_kind(map->results->plan, map->kinds[i], result->cell))
			return false;
	return true;
}

static int find_kinds(struct matrix_map *map)
{
	const struct results *results = map->results;

	for (size_t i = 0; i < results->result_count; i++) {
		const struct cell **grown;

		if (!is_new_kind(map, &results->results[i]))
			continue;
		grown = realloc(map->kinds, (map->kind_count + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		map->kinds = grown;
		grown[map->kind_count++] = results->results[i].cell;
	}
	return 0;
}

int matrix_map_init(struct matrix_map *map, const struct results *results)
{
	int error;

	*map = (struct matrix_map){ .results = results };
	error = find_cpus(map);
	if (!error)
		error = find_kinds(map);
	if (!error)
		map->at = calloc(map->count * map->count + 1, sizeof(*map->at));
	return error ? error : map->at ? 0 : -ENOMEM;
}

void matrix_map_done(struct matrix_map *map)
{
	free(map->rows);
	free(map->cpus);
	free(map->gaps);
	free(map->kinds);
	free(map->at);
	*map = (struct matrix_map){ .count = 0 };
}
