/* SPDX-License-Identifier: MIT */
/*
 * render/matrix - the table renderer's heat maps: what is between every two CPUs.
 *
 * A map for each mechanism, peer and set of parameters.  Rows are the first CPU of a
 * pair, columns the second.  Numbers while they fit the width, shades beyond that, in
 * panels where even these do not fit; a gap stands where the memory node changes, if
 * CPUs are numbered node by node.  What a CPU costs with itself is another thing than
 * what two of them do: shades are of pairs of two.  0 or -errno.
 */
#ifndef HANDOFF_RENDER_MATRIX_H
#define HANDOFF_RENDER_MATRIX_H

#include "render/render.h"

int render_matrix(const struct results *results, const struct render_style *style, FILE *stream);

#endif
