/* SPDX-License-Identifier: MIT */
#include "tool/output-attributes.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACCESS_LIST "system.posix_acl_access"
#define LABEL "security.selinux"

static bool is_to_be_kept(const char *name)
{
	return !strncmp(name, "user.", 5) || !strncmp(name, "system.", 7);
}

static int copy_one(int from, int to, const char *name)
{
	char *value = malloc(XATTR_SIZE_MAX);
	ssize_t bytes = value ? fgetxattr(from, name, value, XATTR_SIZE_MAX) : -1;
	int error = 0;

	if (bytes == -1 || fsetxattr(to, name, value, (size_t)bytes, 0))
		error = value ? -errno : -ENOMEM;
	free(value);
	return error;
}

/* names: one behind the other, each with its NUL. */
static int copy_named(int from, int to, const char *names, size_t bytes)
{
	bool has_list = false;
	int error = 0;

	for (const char *name = names; name < names + bytes && !error; name += strlen(name) + 1) {
		has_list |= !strcmp(name, ACCESS_LIST);
		if (is_to_be_kept(name))
			error = copy_one(from, to, name);
		else if (!strcmp(name, LABEL))
			copy_one(from, to, name);
	}
	/* A new file may have been given one by its folder. */
	if (!error && !has_list)
		fremovexattr(to, ACCESS_LIST);
	return error;
}

static int copy_extended(int from, int to)
{
	char *names = malloc(XATTR_LIST_MAX);
	ssize_t bytes = names ? flistxattr(from, names, XATTR_LIST_MAX) : -1;
	int error = 0;

	if (!names)
		return -ENOMEM;
	if (bytes >= 0)
		error = copy_named(from, to, names, (size_t)bytes);
	else if (errno != EOPNOTSUPP)
		error = -errno;
	free(names);
	return error;
}

int output_attributes_copy(int from, int to)
{
	struct stat status;
	int error;

	if (fstat(from, &status) || fchown(to, status.st_uid, status.st_gid))
		return -errno;
	error = copy_extended(from, to);
	if (!error && fchmod(to, status.st_mode & 01777))
		error = -errno;
	return error;
}
