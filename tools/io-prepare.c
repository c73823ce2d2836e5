/* SPDX-License-Identifier: MIT */
#include "io-prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/round/io-file.h"
#include "plan/units.h"

static const struct value *value_of(const struct plan *plan, const struct cell *cell,
				    const char *name)
{
	return &cell->values[plan_parameter(plan->options->tool, name)];
}

static bool is_written(const struct plan *plan, const struct cell *cell)
{
	return strstr(value_of(plan, cell, "rw")->word, "write") != NULL;
}

/* Its size means nothing to a cell that has no file. */
static bool wants_file(const struct plan *plan, const struct cell *cell)
{
	return !cell->skip && value_of(plan, cell, "size")->applies;
}

static bool is_file_wanted(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (wants_file(plan, &plan->cells[i]))
			return true;
	return false;
}

/* The largest file that cells of this kind want; 0: none wants one. */
static uint64_t bytes_for(const struct plan *plan, bool for_writing)
{
	uint64_t most = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];
		uint64_t bytes = value_of(plan, cell, "size")->number;

		if (wants_file(plan, cell) && is_written(plan, cell) == for_writing && bytes > most)
			most = bytes;
	}
	return most;
}

static int add_own(const struct plan *plan, struct shared_input *shared_input, const char *key,
		   bool for_writing)
{
	const char *directory = plan->options->dir ? plan->options->dir : ".";
	uint64_t bytes = bytes_for(plan, for_writing);
	int file = bytes ? io_file_create(directory, bytes, shared_input->signal) : 0;

	if (!bytes)
		return 0;
	return file < 0 ? file : shared_input_add_file(shared_input, key, file);
}

/* What has no offsets is not even opened: that can hang, or set something going. */
static const char *find_unfit(const struct stat *status)
{
	switch (status->st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFBLK:
		return NULL;
	case S_IFDIR:
		return "it is a directory, not a file or a disk";
	case S_IFIFO:
		return "it is a FIFO, not a file or a disk";
	case S_IFSOCK:
		return "it is a socket, not a file or a disk";
	default:
		return "it is a character device, not a file or a disk";
	}
}

/* What was opened may be another than what was looked at. */
static int examine(int file, const char **ret_reason)
{
	struct stat status;
	int flags = fcntl(file, F_GETFL);

	if (fstat(file, &status) || flags == -1 || fcntl(file, F_SETFL, flags & ~O_NONBLOCK))
		return -errno;
	*ret_reason = find_unfit(&status);
	if (!*ret_reason && lseek(file, 0, SEEK_END) <= 0)
		*ret_reason = "it is empty";
	return *ret_reason ? -EINVAL : 0;
}

/* A descriptor or -errno, and then perhaps the reason in words. */
static int open_theirs(const char *path, int flags, const char **ret_reason)
{
	struct stat status;
	int file, error;

	if (stat(path, &status))
		return -errno;
	*ret_reason = find_unfit(&status);
	if (*ret_reason)
		return -EINVAL;
	/* A device that is written must be nobody's: not mounted, no part of another. */
	if (flags == O_RDWR && S_ISBLK(status.st_mode))
		flags |= O_EXCL;
	file = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file == -1)
		return -errno;
	error = examine(file, ret_reason);
	if (error)
		close(file);
	return error ? error : file;
}

static int add_theirs(const struct plan *plan, struct shared_input *shared_input,
		      const char **ret_reason)
{
	bool may_write = plan->options->may_destroy;
	int error, file = open_theirs(plan->options->file, may_write ? O_RDWR : O_RDONLY,
				      ret_reason);

	if (file < 0)
		return file;
	error = shared_input_add_file(shared_input, "file", file);
	if (!error && may_write) {
		file = fcntl(file, F_DUPFD_CLOEXEC, 0);
		error = file == -1 ? -errno : shared_input_add_file(shared_input, "scratch", file);
	}
	return error ? error : shared_input_add_word(shared_input, "is_foreign", "1");
}

/* Nothing is said of what is made; of what is lost, everything is. */
static void say_loss(const struct plan *plan, char *message, size_t message_size)
{
	uint64_t bytes = bytes_for(plan, true);
	char size[32];

	message[0] = 0;
	if (!plan->options->may_destroy || !bytes)
		return;
	units_format_size(bytes, size, sizeof(size));
	snprintf(message, message_size, "--destroy-data: what %s holds is overwritten now, up to %s "
		 "from its beginning", plan->options->file, size);
}

static int prepare_theirs(const struct plan *plan, struct shared_input *ret, char *message,
			  size_t message_size)
{
	const char *reason = NULL;
	int error = add_theirs(plan, ret, &reason);

	if (error)
		snprintf(message, message_size, "--file: '%s': %s", plan->options->file,
			 reason ? reason : strerror(-error));
	return error;
}

static int prepare_own(const struct plan *plan, struct shared_input *ret, char *message,
		       size_t message_size)
{
	const char *directory = plan->options->dir;
	int error = add_own(plan, ret, "file", false);

	if (!error)
		error = add_own(plan, ret, "scratch", true);
	if (error)
		snprintf(message, message_size, "a file in %s: %s",
			 directory ? directory : "this folder (--dir names another)",
			 strerror(-error));
	return error;
}

int io_prepare(const struct plan *plan, struct shared_input *ret, char *message, size_t message_size)
{
	int error;

	if (!is_file_wanted(plan))
		return 0;
	error = plan->options->file ? prepare_theirs(plan, ret, message, message_size)
				    : prepare_own(plan, ret, message, message_size);
	if (!error)
		say_loss(plan, message, message_size);
	return error;
}
