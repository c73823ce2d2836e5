/* SPDX-License-Identifier: MIT */
/* render/matrix-shades - prints a map too wide for numbers: a character a pair of CPUs. */
#ifndef HANDOFF_RENDER_MATRIX_SHADES_H
#define HANDOFF_RENDER_MATRIX_SHADES_H

#include <stdio.h>

#include "render/matrix-map.h"

/* In panels, if not all columns fit the width. */
void matrix_print_shades(const struct matrix_map *map, size_t width, FILE *stream);

#endif
