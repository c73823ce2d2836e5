/* SPDX-License-Identifier: MIT */
/*
 * plan/options-help - --help (-h, -?), --usage and --version; for plan/options.c only.
 *
 * --help shows what a first look needs.  Options that carry OPTION_HIDDEN stand in
 * --help=all and --usage only.  All three end the program.
 */
#ifndef HANDOFF_OPTIONS_HELP_H
#define HANDOFF_OPTIONS_HELP_H

#include <argp.h>

#include "plan/tool.h"

#define OPTIONS_HELP_MAX 4

/* How many there are in to, which take the last group. */
size_t options_help_add(struct argp_option *to, int group);

/* ARGP_ERR_UNKNOWN: none of these.  The state's options are those of options_parse(), which
 * can be written. */
error_t options_help_parse(int key, char *argument, struct argp_state *state);

/* The tool's words above its options, \v, and those below.  Owned by the caller; NULL: no
 * memory. */
char *options_help_text(const struct tool *tool);

#endif
