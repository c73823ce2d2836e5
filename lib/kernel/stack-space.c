/* SPDX-License-Identifier: MIT */
#include "kernel/stack-space.h"

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

/* The program's name is the last thing on the stack, but for a pointer of zeros behind it. */
static uintptr_t top_of_stack(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	return name ? (uintptr_t)name + strlen(name) + 1 + sizeof(void *) : 0;
}

size_t stack_space_left(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), top = top_of_stack();
	struct rlimit limit;

	if (top < here || getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return SIZE_MAX;
	return limit.rlim_cur > top - here ? (size_t)limit.rlim_cur - (top - here) : 0;
}
