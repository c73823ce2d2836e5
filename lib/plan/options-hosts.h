/* SPDX-License-Identifier: MIT */
/*
 * plan/options-hosts - --listen and --connect, of the tools that have them; for plan/options.c only.
 *
 * note() is told of every other option, check() when all are known; what makes no
 * sense together ends the program as wrong usage, with one sentence.
 */
#ifndef HANDOFF_OPTIONS_HOSTS_H
#define HANDOFF_OPTIONS_HOSTS_H

#include <argp.h>

#include "plan/options.h"

#define OPTIONS_HOSTS_MAX 3

/* How many there are in to: none where the tool's cells stay on one host. */
size_t options_hosts_add(const struct tool *tool, struct argp_option *to);

/* ARGP_ERR_UNKNOWN: none of these. */
error_t options_hosts_parse(int key, char *argument, struct argp_state *state,
			    struct options *options);
void options_hosts_note(struct options *options, const char *name);
void options_hosts_check(struct argp_state *state, const struct options *options);

#endif
