/* SPDX-License-Identifier: MIT */
#include "render/matrix-shades.h"

#include <math.h>
#include <string.h>

#include "render/matrix-parts.h"

static const char shades[] = ".:-=+*#%@";
#define SHADES_LAST (sizeof(shades) - 2)

/* Steps from fast to slow, even on a logarithmic scale; 0: there is no scale. */
static double scale_of(const struct matrix_map *map)
{
	const struct matrix_part *pairs = &map->facts[MATRIX_PAIR];

	if (!pairs->least || !(pairs->least->p50 > 0))
		return 0;
	return log(pairs->most->p50 / pairs->least->p50) / (double)SHADES_LAST;
}

static char shade(const struct matrix_map *map, const struct result *result)
{
	double step = scale_of(map), least;

	if (!result)
		return ' ';
	if (!result->is_verified)
		return '?';
	if (matrix_map_side(result) == MATRIX_SELF)
		return '\\';
	least = map->facts[MATRIX_PAIR].least->p50;
	/* What is as fast as the harness itself may be 0, or below. */
	if (!(step > 0) || result->p50 <= least)
		return shades[0];
	return shades[(int)(log(result->p50 / least) / step + 0.5)];
}

/* The columns from first on that fit into width, whole nodes if one does. */
static size_t panel_end(const struct matrix_map *map, size_t first, size_t width)
{
	size_t used = 1, end = first + 1, node_end = 0;

	for (; end < map->count && used + map->gaps[end] + 1u <= width; end++) {
		used += map->gaps[end] + 1u;
		if (map->gaps[end])
			node_end = end;
	}
	if (end < map->count && map->gaps[end])
		return end;
	return end < map->count && node_end ? node_end : end;
}

static int digits_of(int number)
{
	return number < 10 ? 1 : 1 + digits_of(number / 10);
}

/* CPU numbers downwards, the last digits of all in one line. */
static void print_heads(const struct matrix_map *map, size_t first, size_t end, FILE *stream)
{
	int highest = 0, power = 1;

	for (size_t j = first; j < end; j++)
		highest = map->cpus[j] > highest ? map->cpus[j] : highest;
	for (int digit = digits_of(highest); digit > 1; digit--)
		power *= 10;
	for (; power; power /= 10) {
		fprintf(stream, MATRIX_INDENT "%*s", MATRIX_LABEL_BYTES - 1, "");
		for (size_t j = first; j < end; j++) {
			bool is_blank = power > 1 && map->cpus[j] < power;

			fprintf(stream, "%s%c", j > first && map->gaps[j] ? " " : "",
				is_blank ? ' ' : (char)('0' + map->cpus[j] / power % 10));
		}
		fputc('\n', stream);
	}
}

static void print_panel(const struct matrix_map *map, size_t first, size_t end, FILE *stream)
{
	print_heads(map, first, end, stream);
	for (size_t i = 0; i < map->count; i++) {
		if (map->gaps[i])
			fputc('\n', stream);
		fprintf(stream, MATRIX_INDENT "%*d ", MATRIX_LABEL_BYTES - 2, map->cpus[i]);
		for (size_t j = first; j < end; j++)
			fprintf(stream, "%s%c", j > first && map->gaps[j] ? " " : "",
				shade(map, map->at[i * map->count + j]));
		fputc('\n', stream);
	}
}

static void print_scale(const struct matrix_map *map, FILE *stream)
{
	double step = scale_of(map), least = map->facts[MATRIX_PAIR].least->p50;
	char text[MATRIX_TIME_BYTES];

	fprintf(stream, MATRIX_INDENT "%s:", map->unit);
	for (size_t i = 0; i <= (step > 0 ? SHADES_LAST : 0); i++) {
		matrix_format_time(map, least * exp(step * (double)i), text);
		fprintf(stream, " %c %s", shades[i], text);
	}
	fputc('\n', stream);
}

static void print_extremes(const struct matrix_map *map, FILE *stream)
{
	const struct matrix_part *pairs = &map->facts[MATRIX_PAIR], *self = &map->facts[MATRIX_SELF];
	char low[MATRIX_TIME_BYTES], high[MATRIX_TIME_BYTES];

	if (pairs->least) {
		print_scale(map, stream);
		matrix_format_time(map, pairs->least->p50, low);
		matrix_format_time(map, pairs->most->p50, high);
		fprintf(stream, MATRIX_INDENT "fastest CPU %d to %d, %s %s; slowest CPU %d to %d, %s %s\n",
			pairs->least->cell->seat.cpus[0], pairs->least->cell->seat.cpus[1], low,
			map->unit, pairs->most->cell->seat.cpus[0], pairs->most->cell->seat.cpus[1],
			high, map->unit);
	}
	if (self->least) {
		matrix_format_time(map, self->least->p50, low);
		matrix_format_time(map, self->most->p50, high);
		fprintf(stream, MATRIX_INDENT "\\ is a CPU with itself, %s%s%s %s\n", low,
			strcmp(low, high) ? " to " : "", strcmp(low, high) ? high : "", map->unit);
	}
	matrix_print_signs(map, "a blank", stream);
}

void matrix_print_shades(const struct matrix_map *map, size_t width, FILE *stream)
{
	size_t room = width > MATRIX_LABEL_BYTES + 1 ? width - MATRIX_LABEL_BYTES - 1 : 1;

	for (size_t first = 0, end; first < map->count; first = end) {
		end = panel_end(map, first, room);
		if (first)
			fputc('\n', stream);
		print_panel(map, first, end, stream);
	}
	print_extremes(map, stream);
}
