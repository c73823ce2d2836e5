/* SPDX-License-Identifier: MIT */
/*
 * tool/output - the answer leaves the program: whole, or not at all.
 *
 * output_open() finds out, before time is spent on an answer, what the path leads to
 * and whether it can be written; output_write() then does it, once.  What it is
 * decides how, not how the path is spelled:
 *
 * - NULL, or a path that stands for a descriptor of ours (/dev/stdout, /dev/fd/3): that
 *   descriptor, where it stands;
 * - a pipe, a terminal, another character device: written to as it is;
 * - a plain file, or none yet: a new file beside it (tool/output-temporary.h) is filled and
 *   synced, then takes the name.  Owner, permissions, attributes and links stay;
 * - a plain file that no other can take the place of (a mount point, in a folder that
 *   may not be written, somebody else's): overwritten, after its room is reserved;
 * - a folder, a socket, a disk: refused.
 *
 * 0 or -errno; where errno's own word is not enough, *ret_reason is a sentence, else it
 * is left alone.  After a write that failed an old file is as it was, unless it had to
 * be overwritten: then it is empty.  output_close() ends it in any case, also after an
 * output_open() that failed.  A signal of ours ends what has to wait: -EINTR.
 */
#ifndef HANDOFF_TOOL_OUTPUT_H
#define HANDOFF_TOOL_OUTPUT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "tool/output-place.h"
#include "tool/output-temporary.h"

struct output {
	const char *path;              /* NULL: standard output */
	const volatile sig_atomic_t *signal;   /* set by our handlers; NULL: none */
	struct output_place place;
	int stream;                    /* descriptor that is written to; -1: a file */
	bool is_stream_ours;           /* to close */
	bool is_in_place;              /* a file that has to be overwritten */
	struct output_temporary temporary;
};

/* One that was never opened, for output_close() to take. */
#define OUTPUT_CLOSED { .stream = -1, .place = { .folder = -1, .descriptor = -1 }, \
			.temporary = { .fd = -1 } }

int output_open(struct output *ret, const char *path, const volatile sig_atomic_t *signal,
		const char **ret_reason);
int output_write(struct output *output, const char *text, size_t bytes);
void output_close(struct output *output);

#endif
