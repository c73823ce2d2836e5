/* SPDX-License-Identifier: MIT */
/* render/matrix-parts - shared parts of maps of numbers and of shades; for the maps. */
#ifndef HANDOFF_RENDER_MATRIX_PARTS_H
#define HANDOFF_RENDER_MATRIX_PARTS_H

#include <stdio.h>

#include "render/matrix-map.h"

#define MATRIX_INDENT "  "
/* Of a row, the indent among them. */
#define MATRIX_LABEL_BYTES 7
#define MATRIX_TIME_BYTES 24

void matrix_format_time(const struct matrix_map *map, double ns, char ret[static MATRIX_TIME_BYTES]);

/* What stands in place of what was not measured, or not proved. */
void matrix_print_signs(const struct matrix_map *map, const char *missing, FILE *stream);

#endif
