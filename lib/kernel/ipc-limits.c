/* SPDX-License-Identifier: MIT */
#include "kernel/ipc-limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel/sysfile.h"
#include "kernel/user-namespace.h"

/* Without a result: what came of it is read back. */
static void write_limit(const char *path, int64_t value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	dprintf(fd, "%" PRId64 "\n", value);
	close(fd);
}

int ipc_limit_raise(const char *path, int64_t wanted, int64_t *ret_limit)
{
	int error = sysfile_read_integer("", path, ret_limit);

	if (error || *ret_limit >= wanted || !ipc_namespace_is_own())
		return error;
	write_limit(path, wanted);
	return sysfile_read_integer("", path, ret_limit);
}
