/* SPDX-License-Identifier: MIT */
/*
 * plan/options-files - --dir, --file and --destroy-data, of the tools that have them; for
 * plan/options.c only.
 *
 * check() when all options are known; what makes no sense together ends the program
 * as wrong usage, with one sentence.
 */
#ifndef HANDOFF_OPTIONS_FILES_H
#define HANDOFF_OPTIONS_FILES_H

#include <argp.h>

#include "plan/options.h"

#define OPTIONS_FILES_MAX 4

/* How many there are in to: none where the tool's cells use no files. */
size_t options_files_add(const struct tool *tool, struct argp_option *to);

/* ARGP_ERR_UNKNOWN: none of these. */
error_t options_files_parse(int key, char *argument, struct options *options);
void options_files_check(struct argp_state *state, const struct options *options);

#endif
