/* SPDX-License-Identifier: MIT */
/*
 * render/matrix-map - sorts the results of a matrix by pairs of CPUs; for the maps only.
 *
 * matrix_map_init() finds the CPUs, in the plan's order, and what maps there are: one
 * for each kind, which is a mechanism, peer and parameters.  matrix_map_fill() brings
 * the results of one kind into their places.  Results stay the caller's, and must
 * outlive the map; done() takes a zeroed or half-made one.  0 or -ENOMEM.
 */
#ifndef HANDOFF_MATRIX_MAP_H
#define HANDOFF_MATRIX_MAP_H

#include "results/record.h"

/* What a CPU has with itself, and two CPUs with each other. */
enum matrix_side { MATRIX_SELF, MATRIX_PAIR, MATRIX_PARTS };

struct matrix_part {
	const char *metric;
	const struct result *least, *most;
};

struct matrix_map {
	const struct results *results;
	int *cpus;                     /* of rows, and of columns */
	size_t count;
	bool *gaps;                    /* before this CPU: it is of another memory node */
	const struct cell **kinds;     /* the first cell of each */
	size_t kind_count;

	/* Of the kind that it was last filled with. */
	const struct cell *kind;
	const struct result **at;      /* row by row; NULL: not measured */
	struct matrix_part facts[MATRIX_PARTS];
	double unit_ns;
	const char *unit;
	int *rows;                     /* by CPU number, -1: none */
};

int matrix_map_init(struct matrix_map *map, const struct results *results);
void matrix_map_fill(struct matrix_map *map, size_t kind);
void matrix_map_done(struct matrix_map *map);

enum matrix_side matrix_map_side(const struct result *result);

#endif
