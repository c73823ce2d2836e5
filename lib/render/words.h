/* SPDX-License-Identifier: MIT */
/*
 * render/words - prints what stands above and below a table or a heat map.
 *
 * The head names machine, kernel and clock; the answer is the tool's own sentences;
 * skips have a line for each reason, with the cells that it took, and so have results that are
 * not verified, or have no interval; warnings are what the
 * noise checks found, its effect and its remedy.  To a stream, whose errors are the
 * caller's to look for; render_skips() and render_doubts() are 0 or -ENOMEM.
 */
#ifndef HANDOFF_RENDER_WORDS_H
#define HANDOFF_RENDER_WORDS_H

#include <stdio.h>

#include "results/record.h"

/* "pipe process same-cpu size=64" */
void render_cell_name(const struct plan *plan, const struct cell *cell, FILE *stream);

void render_head(const struct results *results, FILE *stream);
void render_answer(const struct results *results, FILE *stream);
int render_doubts(const struct results *results, FILE *stream);
int render_skips(const struct results *results, FILE *stream);
void render_warnings(const struct results *results, FILE *stream);

#endif
