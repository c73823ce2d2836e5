/* SPDX-License-Identifier: MIT */
/*
 * render/chart - the table renderer's histograms: bars on a logarithmic axis, a bar a
 * quarter octave.  0 or -errno.
 */
#ifndef HANDOFF_RENDER_CHART_H
#define HANDOFF_RENDER_CHART_H

#include "render/render.h"

int render_histograms(const struct results *results, const struct render_style *style,
		      FILE *stream);

#endif
