/* SPDX-License-Identifier: MIT */
/*
 * tool/output-temporary - a file that is whole before it has its name.
 *
 * Made in the folder where it is to stand, without a name where the file system can
 * do that (O_TMPFILE), so that nothing of it is left however we end.  Elsewhere, and
 * for the moment in which it takes the place of another file, it has a name of its
 * own: .handoff- and sixteen digits.  What a killed run has left under such a name is
 * removed by the next one in that folder; a lock on the file tells it from one that is
 * in use.
 *
 * 0 or -errno.  output_temporary_drop() ends it in any case, and takes one that was
 * never made (fd -1).  The folder's descriptor is the caller's.
 */
#ifndef HANDOFF_TOOL_OUTPUT_TEMPORARY_H
#define HANDOFF_TOOL_OUTPUT_TEMPORARY_H

#include <stdbool.h>

#define OUTPUT_TEMPORARY_PREFIX ".handoff-"

struct output_temporary {
	int folder;
	int fd;                        /* open for writing; -1: there is none */
	char name[32];                 /* "": it has none */
};

/*
 * One block of it is taken from the file system, so that a full one is found now.
 * with_name: at once, for output_temporary_name() may not be able to give it one.
 */
int output_temporary_make(struct output_temporary *ret, int folder, bool with_name);

/* Give it the file's name, which nothing has yet: -EEXIST if that is not so. */
int output_temporary_link(struct output_temporary *temporary, const char *name);

/* A name of its own, unless it has one. */
int output_temporary_name(struct output_temporary *temporary);

/* Let what has a name of its own take the place of the file. */
int output_temporary_replace(struct output_temporary *temporary, const char *name);

void output_temporary_drop(struct output_temporary *temporary);

#endif
