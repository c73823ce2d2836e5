/* SPDX-License-Identifier: MIT */
/*
 * tool/delivery - where the answer of a tool goes, and what becomes of it if it cannot.
 *
 * delivery_open() is called before time is spent and before any other descriptor is
 * opened; delivery_print() once, with the answer.  What cannot be written is
 * printed to standard output instead, and told.
 *
 * Each returns an exit status: EXIT_SUCCESS, EXIT_NOTHING_MEASURED after a sentence on
 * standard error, or EXIT_SIGNAL + N for a signal that ended the waiting.
 */
#ifndef HANDOFF_TOOL_DELIVERY_H
#define HANDOFF_TOOL_DELIVERY_H

#include <stdio.h>

#include "tool/output.h"
#include "tool/report.h"

int delivery_open(struct output *ret, const char *path, const volatile sig_atomic_t *signal,
		  struct report *report);

/* render() writes the answer to a stream: 0 or -errno.  All of it is made before any is out. */
struct delivery_text {
	int (*render)(const void *what, FILE *stream);
	const void *what;
};

int delivery_print(struct output *output, const struct delivery_text *text,
		   struct report *report);

#endif
