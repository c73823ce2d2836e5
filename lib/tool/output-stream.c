/* SPDX-License-Identifier: MIT */
#include "tool/output-stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define LOOK_MS 10

static bool is_to_end(const volatile sig_atomic_t *signal)
{
	return signal && *signal;
}

int output_stream_open(const struct output_place *place, const volatile sig_atomic_t *signal)
{
	int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
		    (place->is_open_file ? O_APPEND : O_NOFOLLOW);

	for (int waited_ms = 0;; waited_ms += LOOK_MS) {
		int fd = openat(place->folder, place->name, flags);

		if (fd >= 0)
			return fd;
		if (errno != ENXIO || waited_ms >= OUTPUT_READER_PATIENCE_MS)
			return -errno;
		if (is_to_end(signal))
			return -EINTR;
		poll(NULL, 0, LOOK_MS);
	}
}

/* Only here do we wait for the other side. */
static int wait_for_room(int fd, const volatile sig_atomic_t *signal)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	while (poll(&wait, 1, -1) == -1)
		if (errno != EINTR || is_to_end(signal))
			return -errno;
	return 0;
}

/*
 * A file takes all in one call, so that what two tools append does not mix.  A pipe
 * that has room takes PIPE_BUF bytes without making us wait.
 */
static size_t portion(int fd, size_t bytes)
{
	struct stat status;

	return bytes <= PIPE_BUF || (!fstat(fd, &status) && S_ISREG(status.st_mode)) ? bytes
										      : PIPE_BUF;
}

int output_stream_write(int fd, const char *text, size_t bytes,
			const volatile sig_atomic_t *signal)
{
	while (bytes) {
		int error = wait_for_room(fd, signal);
		ssize_t written = error ? 0 : write(fd, text, portion(fd, bytes));

		if (!error && written == -1 && errno != EINTR && errno != EAGAIN)
			error = -errno;
		if (!error && !written)
			error = -EIO;
		if (error)
			return error;
		if (written > 0) {
			text += written;
			bytes -= (size_t)written;
		}
	}
	return 0;
}
