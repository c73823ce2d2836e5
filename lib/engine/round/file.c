/* SPDX-License-Identifier: MIT */
#include "engine/round/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/round/io-file.h"

#define PROBE_BYTES (1u << 20)

/* As many whole blocks as were asked for, or as there are. */
static int use_bytes(struct engine_context *context, uint64_t bytes)
{
	if (bytes > context->job->size)
		bytes = context->job->size;
	context->config.file_bytes = bytes / context->job->bs * context->job->bs;
	return context->config.file_bytes ? 0 : -EFBIG;
}

static int open_file(struct engine_context *context, const char *path)
{
	int flags = engine_context_writes(context) ? O_RDWR : O_RDONLY;
	struct stat status;

	if (context->config.is_direct)
		flags |= O_DIRECT;
	context->config.file = open(path, flags | O_CLOEXEC);
	if (context->config.file == -1 || fstat(context->config.file, &status))
		return -errno;
	return use_bytes(context, S_ISBLK(status.st_mode) ? UINT64_MAX : (uint64_t)status.st_size);
}

/* One without a name has one in /proc. */
static int reopen_direct(int file)
{
	char path[64];
	int direct;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	direct = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (direct == -1)
		direct = -errno;
	close(file);
	return direct;
}

/* For --list, where nobody has made one. */
static int make_file(struct engine_context *context)
{
	int file = io_file_create(".", PROBE_BYTES, NULL);

	if (file < 0)
		file = io_file_create("/tmp", PROBE_BYTES, NULL);
	if (file >= 0 && context->config.is_direct)
		file = reopen_direct(file);
	context->config.file = file;
	return file < 0 ? file : use_bytes(context, PROBE_BYTES);
}

int engine_file_open(struct engine_context *context)
{
	const char *path = engine_context_writes(context) ? context->job->scratch : context->job->file;
	int error = path ? open_file(context, path)
			 : context->job->is_probe ? make_file(context) : -ENOENT;

	if (error == -EFBIG)
		round_fail(context->round, ROUND_SKIPPED, 0, "file",
			   "the file is smaller than one block: choose a smaller --bs");
	else if (!path && context->job->is_foreign)
		round_fail(context->round, ROUND_SKIPPED, 0, "file",
			   "nothing is written to a file that is yours: --destroy-data allows it, or "
			   "leave --file out");
	else if (error == -EINVAL && context->config.is_direct)
		round_fail(context->round, ROUND_SKIPPED, 0, "file",
			   "its file system knows no O_DIRECT: name another place by --dir");
	else if (error)
		round_skip(context->round, error, "file", "");
	return error;
}

/* A file system in memory has no other place for its pages. */
static bool is_always_cached(const struct engine_context *context)
{
	return !engine_context_is_cache(context, "warm") &&
	       io_file_cached_pages(context->config.file, context->config.file_bytes) ==
	       (int64_t)io_file_pages(context->config.file_bytes);
}

/* What is past the cache has another proof, and what was read whole just now is there. */
static int find_blind(const struct engine_context *context)
{
	int64_t pages = io_file_cached_pages(context->config.file, context->config.file_bytes);

	if (pages < 0)
		return (int)pages;
	return engine_context_is_cache(context, "cold") && !io_file_shows_pages(context->config.file)
		? -EACCES : 0;
}

static int refuse_blind(struct engine_context *context, int error)
{
	round_fail(context->round, ROUND_SKIPPED, error == -EACCES ? 0 : error, "cache",
		   error == -EACCES
		   ? "which of its pages are in memory is shown to its owner only, and to who may write "
		     "it: use --cache warm or direct, or a copy of it"
		   : "which of its pages are in memory cannot be seen: mincore(2) is refused");
	return error;
}

/* Blocks in order are read ahead by the kernel; scattered ones must not be. */
int engine_file_set_cache(struct engine_context *context)
{
	int file = context->config.file, error = 0;
	uint64_t bytes = context->config.file_bytes;
	bool is_scattered = !strncmp(context->job->rw, "rand", 4);

	engine_lanes_aim(&context->lanes, bytes / context->job->bs, is_scattered);
	if (is_scattered)
		error = -posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
	if (!error && engine_context_is_cache(context, "warm"))
		error = io_file_warm(file, bytes);
	else if (!error)
		error = io_file_cool(file, bytes);
	if (error) {
		round_refuse(context->round, error, "cache", "");
		return error;
	}
	error = find_blind(context);
	if (error)
		return refuse_blind(context, error);
	if (io_file_shows_pages(file) && is_always_cached(context)) {
		error = -EBUSY;
		round_fail(context->round, ROUND_SKIPPED, 0, "cache",
			   "its pages stay in memory, as those of a tmpfs do: name another place by "
			   "--dir, or use --cache warm");
	}
	return error;
}
