/* SPDX-License-Identifier: MIT */
#include "tool/output-temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGITS 16
/* Names tried, and files of ours that somebody took for left over. */
#define TRIES 16

static bool is_own_name(const char *name)
{
	size_t prefix = strlen(OUTPUT_TEMPORARY_PREFIX);

	return !strncmp(name, OUTPUT_TEMPORARY_PREFIX, prefix) &&
	       strlen(name) == prefix + DIGITS &&
	       strspn(name + prefix, "0123456789abcdef") == DIGITS;
}

/* A lock over the network may need a file that is open for writing. */
static int open_left_over(int folder, const char *name)
{
	int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(folder, name, O_RDWR | flags);

	return fd == -1 ? openat(folder, name, O_RDONLY | flags) : fd;
}

static void remove_if_left_over(int folder, const char *name)
{
	int fd = open_left_over(folder, name);
	struct stat status;

	if (fd == -1)
		return;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode) && !flock(fd, LOCK_EX | LOCK_NB))
		unlinkat(folder, name, 0);
	close(fd);
}

/* What cannot be read or removed stays. */
static void sweep(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(directory)))
		if (is_own_name(entry->d_name))
			remove_if_left_over(folder, entry->d_name);
	closedir(directory);
}

static int make_up_name(char *ret, size_t size)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	snprintf(ret, size, OUTPUT_TEMPORARY_PREFIX "%0*llx", DIGITS, (unsigned long long)number);
	return 0;
}

/* The permissions of any new file: of umask, or of the folder's default list. */
static int make_nameless(struct output_temporary *temporary)
{
	int fd = openat(temporary->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);

	if (fd == -1)
		return -errno;
	flock(fd, LOCK_EX | LOCK_NB);
	temporary->fd = fd;
	return 0;
}

/* Whether it is locked before anybody could take it for one that is left over. */
static bool is_kept(int fd)
{
	struct stat status;

	flock(fd, LOCK_EX | LOCK_NB);
	return !fstat(fd, &status) && status.st_nlink;
}

static int make_named(struct output_temporary *temporary)
{
	for (int i = 0; i < TRIES; i++) {
		int error = make_up_name(temporary->name, sizeof(temporary->name));
		int fd = error ? -1 : openat(temporary->folder, temporary->name,
					     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		if (!error && fd == -1)
			error = -errno;
		if (!error && is_kept(fd)) {
			temporary->fd = fd;
			return 0;
		}
		if (fd >= 0)
			close(fd);
		*temporary->name = 0;
		if (error && error != -EEXIST)
			return error;
	}
	return -EEXIST;
}

/* As file systems and kernels say that they know no files without a name. */
static bool is_unknown(int error)
{
	return error == -EOPNOTSUPP || error == -EISDIR || error == -ENOENT || error == -EINVAL;
}

static int make(struct output_temporary *temporary, bool with_name)
{
	int error = with_name ? -EOPNOTSUPP : make_nameless(temporary);

	if (!is_unknown(error))
		return error;
	error = make_named(temporary);
	/* It lies there for a run, and a killed one would leave it. */
	if (!error && !with_name) {
		unlinkat(temporary->folder, temporary->name, 0);
		*temporary->name = 0;
	}
	return error;
}

/* Any answer needs a block.  Not every file system can be asked for it. */
static int reserve(int fd)
{
	if (!fallocate(fd, 0, 0, 1))
		return 0;
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO ? -errno : 0;
}

int output_temporary_make(struct output_temporary *ret, int folder, bool with_name)
{
	int error;

	*ret = (struct output_temporary){ .folder = folder, .fd = -1 };
	sweep(folder);
	error = make(ret, with_name);
	if (!error)
		error = reserve(ret->fd);
	if (error)
		output_temporary_drop(ret);
	return error;
}

int output_temporary_link(struct output_temporary *temporary, const char *name)
{
	char path[64];

	if (!linkat(temporary->fd, "", temporary->folder, name, AT_EMPTY_PATH))
		return 0;
	if (errno == EEXIST)
		return -EEXIST;
	/* That takes a capability; this takes /proc. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", temporary->fd);
	return linkat(AT_FDCWD, path, temporary->folder, name, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

int output_temporary_name(struct output_temporary *temporary)
{
	char name[sizeof(temporary->name)];
	int error = *temporary->name ? 0 : -EEXIST;

	for (int i = 0; i < TRIES && error == -EEXIST; i++) {
		error = make_up_name(name, sizeof(name));
		if (!error)
			error = output_temporary_link(temporary, name);
		if (!error)
			strcpy(temporary->name, name);
	}
	return error;
}

int output_temporary_replace(struct output_temporary *temporary, const char *name)
{
	if (renameat(temporary->folder, temporary->name, temporary->folder, name))
		return -errno;
	*temporary->name = 0;
	return 0;
}

void output_temporary_drop(struct output_temporary *temporary)
{
	if (*temporary->name)
		unlinkat(temporary->folder, temporary->name, 0);
	*temporary->name = 0;
	if (temporary->fd >= 0)
		close(temporary->fd);
	temporary->fd = -1;
}
