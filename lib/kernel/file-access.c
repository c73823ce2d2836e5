/* SPDX-License-Identifier: MIT */
#include "kernel/file-access.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kernel/sysfile.h"

#define WRITE_BITS (S_IWUSR | S_IWGRP | S_IWOTH)

enum file_access file_access_judge(mode_t mode, unsigned long mount_flags, bool is_writable)
{
	/* root may open a file without write bits; the kernel then refuses the write. */
	if (!(mode & WRITE_BITS) || mount_flags & ST_RDONLY)
		return FILE_ACCESS_NONE;
	return is_writable ? FILE_ACCESS_OURS : FILE_ACCESS_ROOT;
}

enum file_access file_access(const char *root, const char *path)
{
	char whole[2 * SYSFILE_PATH_MAX];
	struct statvfs mount;
	struct stat status;
	int length = snprintf(whole, sizeof(whole), "%s%s", root, path);

	if (length < 0 || (size_t)length >= sizeof(whole) || stat(whole, &status) ||
	    statvfs(whole, &mount))
		return FILE_ACCESS_NONE;
	return file_access_judge(status.st_mode, mount.f_flag,
				 !faccessat(AT_FDCWD, whole, W_OK, AT_EACCESS));
}

const char *file_access_prefix(enum file_access access, bool is_uid_0)
{
	if (access == FILE_ACCESS_NONE)
		return NULL;
	if (access == FILE_ACCESS_OURS)
		return "";
	return is_uid_0 ? "root of the host: " : "root: ";
}

const char *file_access_who(const char *path)
{
	const char *who = file_access_prefix(file_access("", path), geteuid() == 0);

	return who ? who : "root of the host: ";
}
