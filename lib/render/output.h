/* SPDX-License-Identifier: MIT */
/*
 * render/output - the answer leaves the program: whole, or not at all.
 *
 * To a file: written beside it under a name of its own (0600, O_EXCL), synced,
 * then renamed over it with the permissions that a new file would have; what
 * fails leaves the old file as it was and nothing else.  What is no plain file,
 * or lies below /dev or /proc, is written to instead.  path NULL: standard
 * output.  0 or -errno (-ENOSPC, -EPIPE ...).
 */
#ifndef HANDOFF_OUTPUT_H
#define HANDOFF_OUTPUT_H

#include <stddef.h>

/* Whether that can work at all, as far as can be told beforehand. */
int output_check(const char *path);

int output_write(const char *path, const char *text, size_t bytes);

#endif
