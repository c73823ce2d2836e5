/* SPDX-License-Identifier: MIT */
/*
 * render/column - the one list of a result's fields, for table, JSON and CSV alike.
 *
 * Each column knows its name in records and how to get its value from a
 * result.  What says which cell it is comes first, with one column for each
 * parameter of the tool, then what was measured, then the tool's figures.
 * Lists and objects (cpus, proof, flags ...) are each format's own.
 */
#ifndef HANDOFF_COLUMN_H
#define HANDOFF_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

#include "results/record.h"

enum field_type { FIELD_ABSENT, FIELD_TEXT, FIELD_TIME, FIELD_NUMBER, FIELD_COUNT, FIELD_SIZE,
		  FIELD_BOOL };

struct field {
	enum field_type type;
	const char *text;
	double number;                 /* FIELD_TIME: ns; FIELD_SIZE: bytes */
};

/* The one column that a skip has in common with results beside what says which cell it is. */
#define COLUMN_REASON "reason"

struct column {
	const char *name;
	struct field (*get)(const struct column *column, const struct result *result);
	bool is_of_cell;               /* known of what was not measured, too */
	size_t index;                  /* of the parameter */
	const struct tool *tool;
};

/* All columns for this tool, count in *ret_count; free() it. NULL: no memory. */
struct column *columns_make(const struct tool *tool, size_t *ret_count);

#endif
