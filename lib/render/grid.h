/* SPDX-License-Identifier: MIT */
/*
 * render/grid - aligned text in columns, fitted to a width.
 *
 * Cells are copied; a column is as wide as its widest cell; where the whole is
 * wider than allowed, the columns with the highest `rank` go first, rank 0
 * never.  Width counts bytes: texts are ASCII.  grid_free() takes NULL.
 */
#ifndef HANDOFF_GRID_H
#define HANDOFF_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct grid;

struct grid *grid_new(size_t columns);
void grid_free(struct grid *grid);

void grid_set_column(struct grid *grid, size_t column, const char *header, bool is_right,
		     int rank);
/* 0 or -ENOMEM. */
int grid_add_row(struct grid *grid);
int grid_set(struct grid *grid, size_t column, const char *text);

/* Columns in which no row has anything are left out. */
void grid_print(const struct grid *grid, int width, const char *indent, FILE *stream);

#endif
