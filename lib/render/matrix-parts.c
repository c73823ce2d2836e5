/* SPDX-License-Identifier: MIT */
#include "render/matrix-parts.h"

#include <math.h>
#include <string.h>

void matrix_format_time(const struct matrix_map *map, double ns, char ret[static MATRIX_TIME_BYTES])
{
	double value = ns / map->unit_ns, magnitude = fabs(value);

	snprintf(ret, MATRIX_TIME_BYTES, magnitude < 9.995 ? "%.2f" : magnitude < 99.95 ? "%.1f" : "%.0f", value);
}

static bool has_flag(const struct result *result, const char *flag)
{
	for (size_t i = 0; result->flags[i]; i++)
		if (!strcmp(result->flags[i], flag))
			return true;
	return false;
}

void matrix_print_signs(const struct matrix_map *map, const char *missing, FILE *stream)
{
	bool has_missing = false, has_unproved = false, has_concurrent = false;

	for (size_t i = 0; i < map->count * map->count; i++) {
		has_concurrent |= map->at[i] && has_flag(map->at[i], "CONCURRENT");
		has_missing |= !map->at[i];
		has_unproved |= map->at[i] && !map->at[i]->is_verified;
	}
	if (has_missing)
		fprintf(stream, MATRIX_INDENT "%s was not measured\n", missing);
	if (has_unproved)
		fputs(MATRIX_INDENT "? was not proved\n", stream);
	if (has_concurrent)
		fputs(MATRIX_INDENT "pairs that share no core were measured at the same time\n", stream);
}
