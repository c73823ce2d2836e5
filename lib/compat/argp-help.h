/* SPDX-License-Identifier: MIT */
/* argp-help - what --help and --usage print; nothing here ends the program. */
#ifndef HANDOFF_COMPAT_ARGP_HELP_H
#define HANDOFF_COMPAT_ARGP_HELP_H

#include <stdbool.h>
#include <stdio.h>

#include "argp.h"

/* A letter that can stand behind a single dash, else 0. */
int argp_short_name(const struct argp_option *option);

/* Whether it is the one of zeros, behind the last. */
bool argp_is_end(const struct argp_option *option);

/* What is hidden is left out.  0 or -ENOMEM. */
int argp_print_help(FILE *stream, const struct argp_state *state);
int argp_print_usage(FILE *stream, const struct argp_state *state);

#endif
