/* SPDX-License-Identifier: MIT */
#include "tool/little-stack.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/stack-space.h"

/* Twice of what was seen to be used, by tools and by workers. */
#define NEEDED_BYTES (96 * 1024)

/* stdio may need more stack than there is. */
static void tell(const char *name)
{
	char text[] = ": arguments and environment leave less than 96 KiB of the stack limit "
		      "(RLIMIT_STACK): raise it, as by ulimit -s 8192\n";
	struct iovec parts[] = {
		{ .iov_base = (char *)name, .iov_len = strlen(name) },
		{ .iov_base = text, .iov_len = sizeof(text) - 1 },
	};

	(void)!writev(STDERR_FILENO, parts, 2);
}

bool tool_has_little_stack(const char *name)
{
	if (stack_space_left() >= NEEDED_BYTES)
		return false;
	tell(name);
	return true;
}
