/* SPDX-License-Identifier: MIT */
/*
 * kernel/sysfile - reads small text files of /proc and /sys, below a root directory.
 *
 * root is "" for the machine itself, or a directory that stands for it (a
 * test's fake tree).  path is absolute as the kernel documents it
 * ("/proc/stat") and is appended to root.
 *
 * Bounds: a file is read up to SYSFILE_FILE_MAX bytes, a line up to
 * SYSFILE_LINE_MAX - 1 (a longer one is handed over cut there), a path up to
 * SYSFILE_PATH_MAX - 1.
 * Errors: 0 or -errno: that of open or read, -ENAMETOOLONG for the path,
 * -EFBIG for the file, -E2BIG when the caller's buffer is too small, -EINVAL
 * for text that is not what was asked for, -ERANGE for a number out of range,
 * -ENODATA for a key that is not there.  Text results are "" and numbers are
 * left alone on every error.
 * Ownership: nothing is kept open or allocated after a call.
 * Threads: no state; any number may call.
 */
#ifndef HANDOFF_SYSFILE_H
#define HANDOFF_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYSFILE_FILE_MAX (64u << 20)
#define SYSFILE_LINE_MAX (64u << 10)
#define SYSFILE_PATH_MAX 1024
#define SYSFILE_CPU_MAX 65535

bool sysfile_exists(const char *root, const char *path);

/* The first line, without the newline and outer blanks; "" if it is empty. */
int sysfile_read_text(const char *root, const char *path, char *ret,
		      size_t size);

/* The first line as one decimal integer and nothing else. */
int sysfile_read_integer(const char *root, const char *path, int64_t *ret);

/* The word in brackets of a choice such as "always [madvise] never". */
int sysfile_read_choice(const char *root, const char *path, char *ret,
			size_t size);

/*
 * The value of the first line "key: value", "key value" or "key=value".
 * The integer form takes the value's leading integer, so "16 kB" is 16.
 */
int sysfile_read_keyed(const char *root, const char *path, const char *key,
		       char *ret, size_t size);
int sysfile_read_keyed_integer(const char *root, const char *path,
			       const char *key, int64_t *ret);

/*
 * Calls visit for each line (no newline; visit may change it) or for each
 * name in a directory (in alphabetical order; dot files left out).  A value
 * other than 0 ends the walk and is returned.
 */
int sysfile_each_line(const char *root, const char *path,
		      int (*visit)(char *line, void *context), void *context);
int sysfile_each_entry(const char *root, const char *path,
		       int (*visit)(const char *name, void *context),
		       void *context);

/*
 * A list such as "0-3,8" (as in cpus and nodes; "" is the empty list).
 * Returns how many numbers it names or -errno, and stores them in ret, in the
 * order of the text, unless ret is NULL; -ENOSPC if there are more than max.
 */
int sysfile_parse_list(const char *text, int *ret, size_t max);

/* How many numbers the list in a file names, or that behind a key (NULL: none); or -errno. */
int sysfile_count_list(const char *root, const char *path, const char *key);

/* One control group of this process: its directory, below root. */
struct sysfile_cgroup {
	int version;		/* 1 or 2 */
	size_t mount_length;	/* the part of path that is the mount point */
	char path[SYSFILE_PATH_MAX];
};

/*
 * The group that limits this process for a controller ("cpu", "pids",
 * "memory"); the mount point itself where the group's own directory cannot be
 * seen from here.  -ENOENT when there is no such hierarchy.
 */
int sysfile_cgroup_find(const char *root, const char *controller,
			struct sysfile_cgroup *ret);

/*
 * Where a task is in the hierarchy of a controller, as its own /proc/PID/cgroup
 * has it: "/a/b", "/" at the top.  pid 0: this process.  -ENOENT as above.
 */
int sysfile_cgroup_place(const char *root, int pid, const char *controller,
			 char ret[SYSFILE_PATH_MAX]);

/* Climbs to the parent, whose limits bind too; false at the mount point. */
bool sysfile_cgroup_climb(struct sysfile_cgroup *group);

/* As the functions above, for a file of the group. */
int sysfile_cgroup_text(const char *root, const struct sysfile_cgroup *group,
			const char *file, char *ret, size_t size);
int sysfile_cgroup_keyed_integer(const char *root,
				 const struct sysfile_cgroup *group,
				 const char *file, const char *key,
				 int64_t *ret);

#endif
