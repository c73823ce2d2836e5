/* SPDX-License-Identifier: MIT */
#include "ipc-limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sysfile.h"

/* Something like "ipc:[4026531839]"; false: it cannot be told. */
static bool read_namespace(const char *process, char *ret, size_t size)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%s/ns/ipc", process);
	length = readlink(path, ret, size - 1);
	if (length < 0)
		return false;
	ret[length] = '\0';
	return true;
}

static bool namespace_is_ours(void)
{
	char parent[16], ours[64], theirs[64];

	snprintf(parent, sizeof(parent), "%d", (int)getppid());
	return read_namespace("self", ours, sizeof(ours)) &&
	       read_namespace(parent, theirs, sizeof(theirs)) && strcmp(ours, theirs) != 0;
}

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

	if (error || *ret_limit >= wanted || !namespace_is_ours())
		return error;
	write_limit(path, wanted);
	return sysfile_read_integer("", path, ret_limit);
}
