/* SPDX-License-Identifier: MIT */
/*
 * kernel/stack-space - how much the first thread's stack may still grow.
 *
 * Arguments and environment stand at its top and count against RLIMIT_STACK.
 */
#ifndef HANDOFF_STACK_SPACE_H
#define HANDOFF_STACK_SPACE_H

#include <stddef.h>

/* Bytes; SIZE_MAX: no limit, or none that is known.  For the first thread, on its own stack. */
size_t stack_space_left(void);

#endif
