/* SPDX-License-Identifier: MIT */
/*
 * render-chart - the two pictures of the table renderer: bars and heat map.
 *
 * Histograms have a logarithmic axis, a bar a quarter octave.  The heat map
 * has numbers while they fit the width and shades beyond that; rows are the
 * first CPU of a pair, columns the second.  0 or -errno.
 */
#ifndef HANDOFF_RENDER_CHART_H
#define HANDOFF_RENDER_CHART_H

#include "render.h"

int render_histograms(const struct results *results, const struct render_style *style,
		      FILE *stream);
int render_matrix(const struct results *results, const struct render_style *style, FILE *stream);

#endif
