/* SPDX-License-Identifier: MIT */
/*
 * tool/main - runs a tool from its command line to its answer.
 *
 * Returns the exit status (plan/options.h); wrong usage and --help end the process
 * at once.  What there is to say has then been said: the answer on standard output or
 * in a file, all else on standard error.
 */
#ifndef HANDOFF_TOOL_MAIN_H
#define HANDOFF_TOOL_MAIN_H

#include "plan/tool.h"

int tool_main(const struct tool *tool, int argc, char **argv);

#endif
