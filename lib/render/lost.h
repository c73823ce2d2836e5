/* SPDX-License-Identifier: MIT */
/*
 * render/lost - says below a table which of its rows lost time to others, and how much.
 *
 * A line for each row of which rounds were hit, with the mean of those and of the others; one
 * line for all rows of which nothing is known.  Nothing where nothing was lost.  To a stream,
 * whose errors are the caller's to look for.
 */
#ifndef HANDOFF_RENDER_LOST_H
#define HANDOFF_RENDER_LOST_H

#include <stdio.h>

#include "results/record.h"

void render_lost(const struct results *results, FILE *stream);

#endif
