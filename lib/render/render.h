/* SPDX-License-Identifier: MIT */
/*
 * render - results as a table for people, JSON Lines or CSV for programs.
 *
 * Renderers read records and write to a stream, nothing else.  0 or -errno
 * (-ENOMEM, or -EIO when the stream has failed).
 */
#ifndef HANDOFF_RENDER_H
#define HANDOFF_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "results/record.h"

struct render_style {
	int width;             /* columns of the terminal; 0: no limit */
	bool has_histograms;
};

int render_table(const struct results *results, const struct render_style *style, FILE *stream);
int render_json(const struct results *results, const struct render_style *style, FILE *stream);
int render_csv(const struct results *results, const struct render_style *style, FILE *stream);

/* A text as JSON, which is UTF-8; an argument or a host name need not be: '?' for what is not. */
struct json_t;
struct json_t *render_json_text(const char *text);

/* One field of CSV, in quotes where it needs them. */
void render_csv_text(const char *text, FILE *stream);

/* The plan, for --dry-run, in the same three forms. */
int render_plan(const struct plan *plan, double seconds, enum output_format format, FILE *stream);

#endif
