/* SPDX-License-Identifier: MIT */
#include "tool/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/output-attributes.h"
#include "tool/output-stream.h"

#define FILE_FLAGS (O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static int take_descriptor(struct output *output, int descriptor)
{
	int flags = fcntl(descriptor, F_GETFL);

	if (flags == -1)
		return -errno;
	if ((flags & O_ACCMODE) == O_RDONLY || flags & O_PATH)
		return -EBADF;
	output->stream = descriptor;
	return 0;
}

static int open_stream(struct output *output)
{
	int fd = output_stream_open(&output->place, output->signal);

	if (fd < 0)
		return fd;
	output->stream = fd;
	output->is_stream_ours = true;
	return 0;
}

static int open_pipe(struct output *output, const char **ret_reason)
{
	int error = open_stream(output);

	if (error == -ENXIO)
		*ret_reason = "nobody reads this FIFO; start its reader first";
	return error;
}

/* Then there is none either where the file itself is. */
static bool is_lack_of_room(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG || error == -EIO ||
	       error == -ENOMEM;
}

/* Whether a new file can be made that may take the old one's place. 0 or -errno. */
static int try_to_replace(struct output *output, int old)
{
	int error;

	if (output_place_is_mount_point(&output->place))
		return -EBUSY;
	error = output_temporary_make(&output->temporary, output->place.folder, false);
	return error ? error : output_attributes_copy(old, output->temporary.fd);
}

static int open_file(struct output *output, const struct stat *status, const char **ret_reason)
{
	int old = openat(output->place.folder, output->place.name, FILE_FLAGS), error;

	if (old == -1)
		return -errno;
	error = try_to_replace(output, old);
	close(old);
	if (!error || is_lack_of_room(error))
		return error;
	output_temporary_drop(&output->temporary);
	if (output_place_is_foreign(&output->place, status)) {
		*ret_reason = "it is somebody else's file, in a folder that all may write to";
		return -EACCES;
	}
	output->is_in_place = true;
	return 0;
}

static int open_place(struct output *output, const char **ret_reason)
{
	struct stat status;

	if (output->place.descriptor >= 0)
		return take_descriptor(output, output->place.descriptor);
	if (output->place.is_open_file)
		return open_stream(output);
	if (fstatat(output->place.folder, output->place.name, &status, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? output_temporary_make(&output->temporary,
							       output->place.folder, false)
				       : -errno;
	switch (status.st_mode & S_IFMT) {
	case S_IFREG:
		return open_file(output, &status, ret_reason);
	case S_IFIFO:
		return open_pipe(output, ret_reason);
	case S_IFCHR:
		return open_stream(output);
	case S_IFDIR:
		return -EISDIR;
	case S_IFSOCK:
		*ret_reason = "it is a socket";
		return -ENXIO;
	default:
		*ret_reason = "it is a disk, and what it holds would be lost";
		return -EINVAL;
	}
}

int output_open(struct output *ret, const char *path, const volatile sig_atomic_t *signal,
		const char **ret_reason)
{
	int error;

	*ret = (struct output)OUTPUT_CLOSED;
	ret->path = path;
	ret->signal = signal;
	if (!path)
		return take_descriptor(ret, STDOUT_FILENO);
	error = output_place_find(path, &ret->place, ret_reason);
	return error ? error : open_place(ret, ret_reason);
}

/* What does not reach the disk is told by fsync(2), if at all. */
static int write_stream(const struct output *output, const char *text, size_t bytes)
{
	int error = output_stream_write(output->stream, text, bytes, output->signal);
	struct stat status;

	if (error || !output->path || fstat(output->stream, &status) || !S_ISREG(status.st_mode))
		return error;
	return fsync(output->stream) ? -errno : 0;
}

static int fill(int fd, const char *text, size_t bytes)
{
	int error = output_stream_write(fd, text, bytes, NULL);

	if (!error && (ftruncate(fd, (off_t)bytes) || fsync(fd)))
		error = -errno;
	return error;
}

static int fill_like(int fd, int old, const char *text, size_t bytes)
{
	int error = old == -1 ? 0 : output_attributes_copy(old, fd);

	return error ? error : fill(fd, text, bytes);
}

/* Where what has no name cannot be given one, for lack of /proc: one that has it. */
static int name_temporary(struct output *output, int old, const char *text, size_t bytes)
{
	struct output_temporary *temporary = &output->temporary;
	int error = output_temporary_name(temporary);

	if (!error)
		return 0;
	output_temporary_drop(temporary);
	error = output_temporary_make(temporary, output->place.folder, true);
	return error ? error : fill_like(temporary->fd, old, text, bytes);
}

static int take_the_name(struct output *output, int old, const char *text, size_t bytes)
{
	const char *name = output->place.name;
	int error = fill_like(output->temporary.fd, old, text, bytes);

	if (error)
		return error;
	if (old == -1 && !output_temporary_link(&output->temporary, name))
		return 0;
	error = name_temporary(output, old, text, bytes);
	return error ? error : output_temporary_replace(&output->temporary, name);
}

/* The name itself must reach the disk too; where that is not possible, fine. */
static void sync_folder(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	fsync(fd);
	close(fd);
}

static int replace(struct output *output, const char *text, size_t bytes)
{
	int old = openat(output->place.folder, output->place.name, FILE_FLAGS), error;

	if (old == -1 && errno != ENOENT)
		return -errno;
	error = take_the_name(output, old, text, bytes);
	if (old >= 0)
		close(old);
	if (!error)
		sync_folder(output->place.folder);
	return error;
}

/* So that a write into what is there cannot stop in its middle. */
static int reserve(int fd, size_t bytes)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY &&
	    bytes > limit.rlim_cur)
		return -EFBIG;
	if (!bytes || !fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes))
		return 0;
	return is_lack_of_room(-errno) ? -errno : 0;
}

static int overwrite(const struct output *output, const char *text, size_t bytes)
{
	int fd = openat(output->place.folder, output->place.name, FILE_FLAGS), error;
	struct stat status;

	if (fd == -1)
		return -errno;
	error = fstat(fd, &status) ? -errno : 0;
	if (!error && (!S_ISREG(status.st_mode) || output_place_is_foreign(&output->place, &status)))
		error = -EACCES;
	if (!error)
		error = reserve(fd, bytes);
	if (!error) {
		error = fill(fd, text, bytes);
		/* Nothing is better than half of it. */
		if (error)
			(void)!ftruncate(fd, 0);
	}
	close(fd);
	return error;
}

/* What has become of the name since we looked: the file may still be written to itself. */
static int write_file(struct output *output, const char *text, size_t bytes)
{
	int error = replace(output, text, bytes), other;

	if (!error || is_lack_of_room(error))
		return error;
	other = overwrite(output, text, bytes);
	return !other || is_lack_of_room(other) ? other : error;
}

int output_write(struct output *output, const char *text, size_t bytes)
{
	if (output->stream >= 0)
		return write_stream(output, text, bytes);
	return output->is_in_place ? overwrite(output, text, bytes)
				   : write_file(output, text, bytes);
}

void output_close(struct output *output)
{
	output_temporary_drop(&output->temporary);
	if (output->is_stream_ours)
		close(output->stream);
	output->stream = -1;
	output_place_done(&output->place);
}
