/* SPDX-License-Identifier: MIT */
/*
 * kernel/file-access - who may write a setting of the kernel: a file of /proc or /sys.
 *
 * A remedy that writes a file is offered only where somebody can write it.  Containers
 * mount /proc/sys and /sys read-only, and then root cannot either.
 *
 * root is "", or a directory that stands for the machine (sysfile.h).  Opens and changes
 * nothing.  Threads: no state; any number may call.
 */
#ifndef HANDOFF_FILE_ACCESS_H
#define HANDOFF_FILE_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

enum file_access {
	FILE_ACCESS_NONE,   /* it is not there, or is written by nobody here */
	FILE_ACCESS_ROOT,   /* not by this account */
	FILE_ACCESS_OURS,
};

/*
 * Pure: by the file's mode, the flags of its mount (statvfs(3)), and whether access(2) lets
 * this account write.
 */
enum file_access file_access_judge(mode_t mode, unsigned long mount_flags, bool is_writable);

enum file_access file_access(const char *root, const char *path);

/*
 * What goes before a remedy that writes such a file: "" where we may do it, "root: ", or
 * "root of the host: " for a uid 0 that is not.  Static text; NULL where it is no remedy.
 */
const char *file_access_prefix(enum file_access access, bool is_uid_0);

/* The same for a file of this machine; what nobody here may write is the host's. */
const char *file_access_who(const char *path);

#endif
