/* SPDX-License-Identifier: MIT */
#include "kernel/perf-control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACK_PATIENCE_MS 2000

static int wait_for_ack(int ack_fd)
{
	struct pollfd wait = { .fd = ack_fd, .events = POLLIN };
	char answer[16];
	int ready;

	do
		ready = poll(&wait, 1, ACK_PATIENCE_MS);
	while (ready == -1 && errno == EINTR);
	if (ready == -1)
		return -errno;
	if (!ready)
		return -ETIMEDOUT;
	return read(ack_fd, answer, sizeof(answer)) > 0 ? 0 : -EPIPE;
}

static int say(int control_fd, int ack_fd, const char *command)
{
	ssize_t length = (ssize_t)strlen(command);

	if (control_fd < 0)
		return 0;
	if (write(control_fd, command, (size_t)length) != length)
		return errno ? -errno : -EIO;
	return ack_fd < 0 ? 0 : wait_for_ack(ack_fd);
}

int perf_control_enable(int control_fd, int ack_fd)
{
	return say(control_fd, ack_fd, "enable\n");
}

int perf_control_disable(int control_fd, int ack_fd)
{
	return say(control_fd, ack_fd, "disable\n");
}

/* A file would be written over, and a device might do anything.  Not blocking: without perf
 * at the other end this is ENXIO, not a hang. */
static int open_fifo(const char *path, int flags)
{
	struct stat status;
	int fd;

	if (stat(path, &status))
		return -errno;
	if (!S_ISFIFO(status.st_mode))
		return -ENODEV;
	fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd == -1 ? -errno : fd;
}

int perf_control_open(const char *names, int *ret_control_fd, int *ret_ack_fd)
{
	const char *comma = strchr(names, ',');
	char path[PATH_MAX];
	int control_fd, ack_fd = -1;

	snprintf(path, sizeof(path), "%.*s", comma ? (int)(comma - names) : (int)strlen(names),
		 names);
	control_fd = open_fifo(path, O_WRONLY);
	if (control_fd < 0)
		return control_fd;
	if (comma) {
		ack_fd = open_fifo(comma + 1, O_RDWR);
		if (ack_fd < 0) {
			close(control_fd);
			return ack_fd;
		}
	}
	*ret_control_fd = control_fd;
	*ret_ack_fd = ack_fd;
	return 0;
}
