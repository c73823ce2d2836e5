/* SPDX-License-Identifier: MIT */
#include "kernel/perf-control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
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

int perf_control_open(const char *names, int *ret_control_fd, int *ret_ack_fd)
{
	const char *comma = strchr(names, ',');
	char path[PATH_MAX];
	int control_fd, ack_fd = -1;

	snprintf(path, sizeof(path), "%.*s", comma ? (int)(comma - names) : (int)strlen(names),
		 names);
	/* Not blocking: without perf at the other end this is ENXIO, not a hang. */
	control_fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (control_fd == -1)
		return -errno;
	if (comma) {
		ack_fd = open(comma + 1, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (ack_fd == -1) {
			int error = -errno;

			close(control_fd);
			return error;
		}
	}
	*ret_control_fd = control_fd;
	*ret_ack_fd = ack_fd;
	return 0;
}
