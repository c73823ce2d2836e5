/* SPDX-License-Identifier: MIT */
/*
 * tool/little-stack - a stack that is too small is told before it is used up.
 *
 * Else the kernel ends the tool by SIGSEGV, and nobody knows why.  What the tool starts
 * has the same limit.
 */
#ifndef HANDOFF_LITTLE_STACK_H
#define HANDOFF_LITTLE_STACK_H

#include <stdbool.h>

/*
 * Is the stack too small for a run?  Then a sentence is on standard error, of the tool of
 * this name.  Itself it needs a few KiB.
 */
bool tool_has_little_stack(const char *name);

#endif
