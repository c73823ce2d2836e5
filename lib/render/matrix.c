/* SPDX-License-Identifier: MIT */
#include "render/matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/matrix-parts.h"
#include "render/matrix-shades.h"

#define WIDTH_OF_FILES 80
#define GAP 2

/* Words */

static void print_title(const struct matrix_map *map, FILE *stream)
{
	const struct plan *plan = map->results->plan;
	const char *self = map->facts[MATRIX_SELF].metric, *pair = map->facts[MATRIX_PAIR].metric;
	char parameters[256];

	plan_describe_cell(plan, map->kind, parameters, sizeof(parameters));
	fprintf(stream, "%s%s%s%s%s: %s in %s, rows CPU A, columns CPU B", map->kind->mechanism->name,
		map->kind->peer ? " " : "", map->kind->peer ? map->kind->peer : "",
		*parameters ? " " : "", parameters, pair ? pair : self, map->unit);
	if (self && pair && strcmp(self, pair))
		fprintf(stream, "; A with itself: %s", self);
	fputc('\n', stream);
}

static void format_cell(const struct matrix_map *map, const struct result *result, char ret[static MATRIX_TIME_BYTES])
{
	if (!result)
		strcpy(ret, "-");
	else if (!result->is_verified)
		strcpy(ret, "?");
	else
		matrix_format_time(map, result->p50, ret);
}

/* Numbers */

/* Characters of the longest; CPU numbers among them. */
static int longest_cell(const struct matrix_map *map)
{
	size_t longest = 0;
	char text[MATRIX_TIME_BYTES];

	for (size_t i = 0; i < map->count * map->count; i++) {
		format_cell(map, map->at[i], text);
		longest = strlen(text) > longest ? strlen(text) : longest;
	}
	for (size_t i = 0; i < map->count; i++) {
		size_t length = (size_t)snprintf(text, sizeof(text), "%d", map->cpus[i]);

		longest = length > longest ? length : longest;
	}
	return (int)longest;
}

static void print_numbers(const struct matrix_map *map, int width, FILE *stream)
{
	char text[MATRIX_TIME_BYTES];

	fprintf(stream, MATRIX_INDENT "%*s", MATRIX_LABEL_BYTES - 2, "");
	for (size_t j = 0; j < map->count; j++)
		fprintf(stream, "%*d", width, map->cpus[j]);
	fputc('\n', stream);
	for (size_t i = 0; i < map->count; i++) {
		fprintf(stream, MATRIX_INDENT "%*d", MATRIX_LABEL_BYTES - 2, map->cpus[i]);
		for (size_t j = 0; j < map->count; j++) {
			format_cell(map, map->at[i * map->count + j], text);
			fprintf(stream, "%*s", width, text);
		}
		fputc('\n', stream);
	}
	matrix_print_signs(map, "-", stream);
}

static void print_map(const struct matrix_map *map, size_t width, FILE *stream)
{
	int longest = longest_cell(map);

	print_title(map, stream);
	/* Wide gaps read better, narrow ones better than none. */
	for (int gap = GAP; gap; gap--)
		if (MATRIX_LABEL_BYTES + map->count * (size_t)(longest + gap) <= width) {
			print_numbers(map, longest + gap, stream);
			return;
		}
	matrix_print_shades(map, width, stream);
}

int render_matrix(const struct results *results, const struct render_style *style, FILE *stream)
{
	size_t width = style->width > 0 ? (size_t)style->width : WIDTH_OF_FILES;
	struct matrix_map map;
	int error = matrix_map_init(&map, results);

	for (size_t kind = 0; kind < map.kind_count && !error; kind++) {
		matrix_map_fill(&map, kind);
		print_map(&map, width, stream);
		fputc('\n', stream);
	}
	matrix_map_done(&map);
	return error;
}
