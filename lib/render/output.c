/* SPDX-License-Identifier: MIT */
#include "render/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t written = write(fd, text, bytes);

		if (written == -1 && errno == EINTR)
			continue;
		if (written == -1)
			return -errno;
		text += written;
		bytes -= (size_t)written;
	}
	return 0;
}

/* umask() can only be read by setting it; we have one thread here. */
static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int fill(int fd, const char *text, size_t bytes)
{
	int error = write_all(fd, text, bytes);

	if (!error && fchmod(fd, new_file_mode()))
		error = -errno;
	if (!error && fsync(fd))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	return error;
}

/* The rename itself must reach the disk too; where that is not possible, fine. */
static void sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

static int replace_file(const char *path, const char *text, size_t bytes)
{
	char *temporary;
	int fd, error;

	if (asprintf(&temporary, "%s.XXXXXX", path) == -1)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd == -1) {
		error = -errno;
		free(temporary);
		return error;
	}
	error = fill(fd, text, bytes);
	if (!error && rename(temporary, path))
		error = -errno;
	if (error)
		unlink(temporary);
	else
		sync_folder(path);
	free(temporary);
	return error;
}

/* A device or a pipe cannot be replaced: it is written to. */
static int write_special(const char *path, const char *text, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), error;

	if (fd == -1)
		return -errno;
	error = write_all(fd, text, bytes);
	if (close(fd) && !error)
		error = -errno;
	return error;
}

/* Itself below /dev or /proc, or a link that leads there. */
static bool is_kernels(const char *path)
{
	char target[64];
	ssize_t length;

	if (!strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6))
		return true;
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return false;
	target[length] = 0;
	return !strncmp(target, "/dev/", 5) || !strncmp(target, "/proc/", 6);
}

int output_check(const char *path)
{
	char *copy;
	int error;

	if (is_kernels(path))
		return access(path, W_OK) ? -errno : 0;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	error = access(dirname(copy), W_OK | X_OK) ? -errno : 0;
	free(copy);
	return error;
}

int output_write(const char *path, const char *text, size_t bytes)
{
	struct stat status;

	if (!path)
		return write_all(STDOUT_FILENO, text, bytes);
	/* /dev/stdout may lead to a plain file, and is not ours to replace. */
	if (is_kernels(path))
		return write_special(path, text, bytes);
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : write_special(path, text, bytes);
	return replace_file(path, text, bytes);
}
