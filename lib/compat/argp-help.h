/* SPDX-License-Identifier: MIT */
/* argp-help - what --help and --usage print; nothing here ends the program. */
#ifndef HANDOFF_COMPAT_ARGP_HELP_H
#define HANDOFF_COMPAT_ARGP_HELP_H

#include <stdio.h>

#include "argp.h"

/* A letter that can stand behind a single dash, else 0. */
int argp_short_name(const struct argp_option *option);

/* options: the argp's and the built-in ones, in any order; they are sorted as they are printed. */
void argp_print_help(FILE *stream, const struct argp *argp, const struct argp_state *state,
		     struct argp_option *options, size_t count);
void argp_print_usage(FILE *stream, const struct argp_state *state, struct argp_option *options,
		      size_t count);

#endif
