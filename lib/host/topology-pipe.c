/* SPDX-License-Identifier: MIT */
#include "host/topology-pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/clock.h"

#define BYTES_MOST ((size_t)64 << 20)

/* A writer that never comes would be waited for by open(2). */
static int open_pipe(const char *path)
{
	struct stat status;
	int pipe;

	if (stat(path, &status))
		return -errno;
	if (!S_ISFIFO(status.st_mode))
		return -ENODEV;
	pipe = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return pipe == -1 ? -errno : pipe;
}

/* read(2) cannot tell a writer that has gone from one that never came; poll(2) can. */
static int wait_for_bytes(int pipe, uint64_t end_ns)
{
	struct pollfd wait = { .fd = pipe, .events = POLLIN };
	uint64_t now_ns = clock_raw_ns();
	int ready;

	if (now_ns >= end_ns)
		return -ETIMEDOUT;
	ready = poll(&wait, 1, (int)((end_ns - now_ns) / 1000000) + 1);
	if (ready == -1)
		return errno == EINTR ? 0 : -errno;
	return ready ? 0 : -ETIMEDOUT;
}

static int write_all(int file, const char *bytes, size_t count)
{
	while (count) {
		ssize_t written = write(file, bytes, count);

		if (written == -1 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			count -= (size_t)written;
		}
	}
	return 0;
}

/* Bytes copied; 0: that was all; or -errno. */
static ssize_t copy_some(int pipe, int file, uint64_t end_ns)
{
	char bytes[4096];
	int error = wait_for_bytes(pipe, end_ns);
	ssize_t got;

	if (error)
		return error;
	got = read(pipe, bytes, sizeof(bytes));
	if (got == -1)
		return -errno;
	error = write_all(file, bytes, (size_t)got);
	return error ? error : got;
}

static int copy_all(int pipe, int file, const volatile sig_atomic_t *signal)
{
	uint64_t end_ns = clock_raw_ns() + TOPOLOGY_PIPE_PATIENCE_S * UINT64_C(1000000000);
	size_t total = 0;

	while (!signal || !*signal) {
		ssize_t got = copy_some(pipe, file, end_ns);

		if (!got)
			return 0;
		if (got < 0 && got != -EAGAIN && got != -EINTR)
			return (int)got;
		if (got > 0)
			total += (size_t)got;
		if (total > BYTES_MOST)
			return -EFBIG;
	}
	return -EINTR;
}

int topology_pipe_copy(const char *path, const volatile sig_atomic_t *signal)
{
	int pipe = open_pipe(path), file, error;

	if (pipe < 0)
		return pipe;
	file = memfd_create("topology", MFD_CLOEXEC);
	error = file == -1 ? -errno : copy_all(pipe, file, signal);
	close(pipe);
	if (error && file >= 0)
		close(file);
	return error ? error : file;
}

const char *topology_pipe_reason(int error)
{
	switch (error) {
	case -ENODEV:
		return "it is neither a file nor a pipe";
	case -ETIMEDOUT:
		return "10 seconds passed before all of it had been written";
	case -EFBIG:
		return "more comes out of it than describes a machine";
	default:
		return NULL;
	}
}
