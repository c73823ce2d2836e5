/* SPDX-License-Identifier: MIT */
#include "engine/round/io-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/lane.h"
#include "kernel/pages.h"

#define CHUNK_BYTES (1u << 20)
/* So many at a time go to the device: one fdatasync(2) of all of it would not be interrupted. */
#define SYNC_BYTES (64 * (uint64_t)CHUNK_BYTES)
#define PATH_BYTES 4096

/* Where the file system knows no files without a name, it has one for a moment. */
static int open_named(const char *directory)
{
	char path[PATH_BYTES];
	int file, length = snprintf(path, sizeof(path), "%s/handoff-XXXXXX", directory);

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	file = mkostemp(path, O_CLOEXEC);
	if (file == -1)
		return -errno;
	if (unlink(path)) {
		int error = -errno;

		close(file);
		return error;
	}
	return file;
}

static int open_nameless(const char *directory)
{
	int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (file != -1)
		return file;
	return errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT ? open_named(directory)
									 : -errno;
}

static int write_all(int file, const unsigned char *bytes, size_t count, uint64_t offset)
{
	while (count) {
		ssize_t written = pwrite(file, bytes, count, (off_t)offset);

		if (written == -1 && errno == EINTR)
			continue;
		if (written == -1)
			return -errno;
		bytes += written;
		count -= (size_t)written;
		offset += (uint64_t)written;
	}
	return 0;
}

static void make_chunk(uint64_t *words, uint64_t at, size_t count)
{
	const struct engine_load pattern = { .seed = 0 };

	for (size_t i = 0; i < (count + 7) / 8; i++)
		words[i] = engine_pattern(&pattern, at + i * 8);
}

static int fill_chunk(int file, unsigned char *chunk, uint64_t at, size_t count)
{
	int error;

	make_chunk((uint64_t *)(void *)chunk, at, count);
	error = write_all(file, chunk, count, at);
	if (error || (at + count) % SYNC_BYTES)
		return error;
	return fdatasync(file) ? -errno : 0;
}

static int fill(int file, uint64_t bytes, const volatile sig_atomic_t *signal)
{
	unsigned char *chunk = pages_take(CHUNK_BYTES);
	int error = chunk ? 0 : -ENOMEM;

	for (uint64_t at = 0; at < bytes && !error; at += CHUNK_BYTES) {
		size_t count = bytes - at < CHUNK_BYTES ? (size_t)(bytes - at) : CHUNK_BYTES;

		error = signal && *signal ? -EINTR : fill_chunk(file, chunk, at, count);
	}
	pages_give(chunk, CHUNK_BYTES);
	return error;
}

int io_file_create(const char *directory, uint64_t bytes, const volatile sig_atomic_t *signal)
{
	int error, file = open_nameless(directory);

	if (file < 0)
		return file;
	error = fill(file, bytes, signal);
	if (!error && fdatasync(file))
		error = -errno;
	if (error)
		close(file);
	return error ? error : file;
}

uint64_t io_file_pages(uint64_t bytes)
{
	return (bytes + IO_FILE_PAGE_BYTES - 1) / IO_FILE_PAGE_BYTES;
}

/* can_do_mincore() of mm/mincore.c: by the file itself, however it was opened. */
bool io_file_shows_pages(int file)
{
	char path[64];
	struct stat status;

	if (!fstat(file, &status) && status.st_uid == geteuid())
		return true;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS);
}

int io_file_warm(int file, uint64_t bytes)
{
	unsigned char *chunk = pages_take(CHUNK_BYTES);
	int error = chunk ? 0 : -ENOMEM;

	for (uint64_t at = 0; at < bytes && !error;) {
		ssize_t got = pread(file, chunk, CHUNK_BYTES, (off_t)at);

		if (got == -1 && errno != EINTR)
			error = -errno;
		else if (got == 0)
			error = -EIO;
		else if (got > 0)
			at += (uint64_t)got;
	}
	pages_give(chunk, CHUNK_BYTES);
	return error;
}

int io_file_cool(int file, uint64_t bytes)
{
	if (fdatasync(file))
		return -errno;
	return -posix_fadvise(file, 0, (off_t)bytes, POSIX_FADV_DONTNEED);
}

static int64_t count_cached(void *map, size_t bytes, size_t pages)
{
	unsigned char *is_cached = pages_take(pages);
	int64_t count = 0;

	if (!is_cached)
		return -ENOMEM;
	if (mincore(map, bytes, is_cached))
		count = -errno;
	for (size_t i = 0; i < pages && count >= 0; i++)
		count += is_cached[i] & 1;
	pages_give(is_cached, pages);
	return count;
}

int64_t io_file_cached_pages(int file, uint64_t bytes)
{
	void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, file, 0);
	int64_t count;

	if (map == MAP_FAILED)
		return -errno;
	count = count_cached(map, bytes, (size_t)io_file_pages(bytes));
	munmap(map, bytes);
	return count;
}
