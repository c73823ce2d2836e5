/* SPDX-License-Identifier: MIT */
#include "render/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct column {
	char *header;
	bool is_right;
	int rank;
};

struct grid {
	size_t columns, rows;
	struct column *column;
	char **cells;                  /* rows x columns; NULL: empty */
};

#define GAP 2

struct grid *grid_new(size_t columns)
{
	struct grid *grid = calloc(1, sizeof(*grid));

	if (!grid)
		return NULL;
	grid->columns = columns;
	grid->column = calloc(columns, sizeof(*grid->column));
	if (!grid->column) {
		free(grid);
		return NULL;
	}
	return grid;
}

void grid_free(struct grid *grid)
{
	if (!grid)
		return;
	for (size_t i = 0; i < grid->columns; i++)
		free(grid->column[i].header);
	for (size_t i = 0; i < grid->rows * grid->columns; i++)
		free(grid->cells[i]);
	free(grid->column);
	free(grid->cells);
	free(grid);
}

void grid_set_column(struct grid *grid, size_t column, const char *header, bool is_right, int rank)
{
	free(grid->column[column].header);
	grid->column[column].header = strdup(header);
	grid->column[column].is_right = is_right;
	grid->column[column].rank = rank;
}

int grid_add_row(struct grid *grid)
{
	size_t row_bytes = grid->columns * sizeof(*grid->cells);
	char **cells = realloc(grid->cells, (grid->rows + 1) * row_bytes);

	if (!cells)
		return -ENOMEM;
	memset(cells + grid->rows * grid->columns, 0, row_bytes);
	grid->cells = cells;
	grid->rows++;
	return 0;
}

int grid_set(struct grid *grid, size_t column, const char *text)
{
	char **cell = &grid->cells[(grid->rows - 1) * grid->columns + column];

	free(*cell);
	*cell = strdup(text);
	return *cell ? 0 : -ENOMEM;
}

static const char *cell_text(const struct grid *grid, size_t row, size_t column)
{
	const char *text = grid->cells[row * grid->columns + column];

	return text ? text : "";
}

/* 0: nothing in it, not shown. */
static size_t column_width(const struct grid *grid, size_t column)
{
	size_t width = 0, header = grid->column[column].header
		? strlen(grid->column[column].header) : 0;

	for (size_t row = 0; row < grid->rows; row++) {
		size_t length = strlen(cell_text(grid, row, column));

		width = length > width ? length : width;
	}
	return width && header > width ? header : width;
}

static size_t total_width(const size_t *widths, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += widths[i] ? widths[i] + GAP : 0;
	return total ? total - GAP : 0;
}

/* Index of the shown column that goes first, or count. */
static size_t least_wanted(const struct grid *grid, const size_t *widths)
{
	size_t worst = grid->columns;
	int rank = 0;

	for (size_t i = 0; i < grid->columns; i++)
		if (widths[i] && grid->column[i].rank > rank) {
			rank = grid->column[i].rank;
			worst = i;
		}
	return worst;
}

static void fit(const struct grid *grid, size_t *widths, size_t limit)
{
	while (limit && total_width(widths, grid->columns) > limit) {
		size_t worst = least_wanted(grid, widths);

		if (worst == grid->columns)
			return;
		widths[worst] = 0;
	}
}

/* The last column of a row in which something stands: no blanks behind it. */
static size_t last_filled(const struct grid *grid, const size_t *widths, long row)
{
	size_t count = grid->columns;

	while (count && (!widths[count - 1] ||
			 (row >= 0 && !*cell_text(grid, (size_t)row, count - 1))))
		count--;
	return count ? count - 1 : 0;
}

static void print_row(const struct grid *grid, const size_t *widths, long row, const char *indent,
		      FILE *stream)
{
	size_t last = last_filled(grid, widths, row);

	fputs(indent, stream);
	for (size_t i = 0; i <= last; i++) {
		const char *header = grid->column[i].header ? grid->column[i].header : "";
		const char *text = row < 0 ? header : cell_text(grid, (size_t)row, i);

		if (!widths[i])
			continue;
		/* No blanks at the end of a line. */
		if (grid->column[i].is_right)
			fprintf(stream, "%*s", (int)widths[i], text);
		else
			fprintf(stream, "%-*s", i == last ? 0 : (int)widths[i], text);
		if (i != last)
			fprintf(stream, "%*s", GAP, "");
	}
	fputc('\n', stream);
}

void grid_print(const struct grid *grid, int width, const char *indent, FILE *stream)
{
	size_t *widths = calloc(grid->columns, sizeof(*widths));
	size_t used = strlen(indent);

	if (!widths)
		return;
	for (size_t i = 0; i < grid->columns; i++)
		widths[i] = column_width(grid, i);
	if (width > 0)
		fit(grid, widths, (size_t)width > used ? (size_t)width - used : 1);
	print_row(grid, widths, -1, indent, stream);
	for (size_t row = 0; row < grid->rows; row++)
		print_row(grid, widths, (long)row, indent, stream);
	free(widths);
}
