/* SPDX-License-Identifier: MIT */
/*
 * tool/output-place - where a path leads: the folder and the name behind the last link.
 *
 * Links are followed by hand, so that the file behind them can be replaced while
 * they stay.  A link of /proc is not followed: it leads to an open file.  Where it
 * stands in this process's own folder of descriptors (/dev/stdout, /dev/fd/3), the
 * descriptor is told.
 *
 * Somebody else's link in a sticky folder that all may write to is refused, as
 * fs.protected_symlinks has it, whatever this machine has set.
 *
 * 0, or -errno with a sentence in *ret_reason where errno's own word is not enough.
 * The name need not exist.  output_place_done() closes the folder; it takes a place
 * that could not be found.
 */
#ifndef HANDOFF_TOOL_OUTPUT_PLACE_H
#define HANDOFF_TOOL_OUTPUT_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct output_place {
	int folder;                    /* opened with O_PATH; -1: none */
	char name[NAME_MAX + 1];
	int descriptor;                /* of ours, that the path stands for; -1: none */
	bool is_open_file;             /* a link of /proc to some other open file */
};

int output_place_find(const char *path, struct output_place *ret, const char **ret_reason);

/* Whether a file is somebody else's, in a sticky folder that all may write to. */
bool output_place_is_foreign(const struct output_place *place, const struct stat *file);

/* Whether something is mounted on the name: it cannot be renamed over. */
bool output_place_is_mount_point(const struct output_place *place);

void output_place_done(struct output_place *place);

#endif
