/* SPDX-License-Identifier: MIT */
/*
 * kernel/cgroup-directory - the directory of a control group of our own.
 */
#ifndef HANDOFF_CGROUP_DIRECTORY_H
#define HANDOFF_CGROUP_DIRECTORY_H

#include <stddef.h>

/* "PARENT/handoff-xxxxxx", a random name. 0, -ENAMETOOLONG or -EIO. */
int cgroup_directory_name(const char *parent, char *ret_path, size_t size);

/* Removes it, for up to 5 s while the last of a killed round end in it.  0, also
 * where there is none, or -errno. */
int cgroup_directory_remove(const char *path);

#endif
