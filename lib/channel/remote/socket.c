/* SPDX-License-Identifier: MIT */
#include "channel/remote/socket.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "channel/sockets.h"
#include "kernel/clock.h"

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

static int set_time(int fd, int name, int ms)
{
	struct timeval time = { ms / 1000, ms % 1000 * 1000 };

	return setsockopt(fd, SOL_SOCKET, name, &time, sizeof(time)) ? -errno : 0;
}

static int set_tcp(int fd)
{
	int error = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);

	return error ? error : set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, REMOTE_PATIENCE_MS);
}

int remote_socket_limit(int fd, int receive_ms)
{
	int type = 0, error = set_time(fd, SO_RCVTIMEO, receive_ms);
	socklen_t length = sizeof(type);

	if (!error)
		error = set_time(fd, SO_SNDTIMEO, REMOTE_PATIENCE_MS);
	if (!error && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
		error = -errno;
	return !error && type == SOCK_STREAM ? set_tcp(fd) : error;
}

static int close_if(int error, int fd)
{
	if (error)
		close(fd);
	return error ? error : fd;
}

/* With SO_SNDTIMEO connect(2) gives up after that time, by EINPROGRESS. */
static int connect_within(int fd, const union remote_address *address)
{
	if (!connect(fd, &address->any, remote_address_length(address)))
		return 0;
	return errno == EINPROGRESS ? -EAGAIN : -errno;
}

int remote_socket_connect(const union remote_address *address, int type)
{
	int error, fd = socket(address->any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	error = remote_socket_limit(fd, REMOTE_PATIENCE_MS);
	return close_if(error ? error : connect_within(fd, address), fd);
}

int remote_socket_bind(const union remote_address *address, int type, int backlog)
{
	bool is_stream = (type & ~SOCK_NONBLOCK) == SOCK_STREAM;
	int error = 0, fd = socket(address->any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	/* Connections that a former life has left in TIME_WAIT keep nobody out. */
	if (is_stream)
		error = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!error && bind(fd, &address->any, remote_address_length(address)))
		error = -errno;
	if (!error && is_stream && listen(fd, backlog))
		error = -errno;
	return close_if(error, fd);
}

uint64_t remote_patience_end(int patience_ms)
{
	return clock_raw_ns() + (uint64_t)patience_ms * 1000000;
}

int remote_patience_left(uint64_t deadline_ns)
{
	uint64_t now = clock_raw_ns();

	return deadline_ns > now ? (int)((deadline_ns - now) / 1000000) + 1 : 0;
}

int remote_receive_bytes(int fd, int patience_ms, unsigned char *bytes, size_t count)
{
	uint64_t deadline = remote_patience_end(patience_ms);

	while (count) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int ready = poll(&wait, 1, remote_patience_left(deadline));
		ssize_t got;

		if (ready == 0)
			return -EAGAIN;
		if (ready == -1 && errno != EINTR)
			return -errno;
		got = ready == -1 ? -1 : recv(fd, bytes, count, MSG_DONTWAIT);
		if (got == 0)
			return -EPIPE;
		if (got == -1 && errno != EINTR && errno != EAGAIN)
			return channel_socket_error(-errno);
		bytes += got > 0 ? got : 0;
		count -= got > 0 ? (size_t)got : 0;
	}
	return 0;
}

int remote_send(int fd, const struct remote_message *message)
{
	unsigned char frame[REMOTE_FRAME_BYTES];

	remote_pack(message, frame);
	for (size_t sent = 0; sent < sizeof(frame);) {
		ssize_t now = send(fd, frame + sent, sizeof(frame) - sent, MSG_NOSIGNAL);

		if (now == -1 && errno != EINTR)
			return channel_socket_error(-errno);
		sent += now > 0 ? (size_t)now : 0;
	}
	return 0;
}

int remote_receive(int fd, int patience_ms, struct remote_message *ret)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	int error = remote_receive_bytes(fd, patience_ms, frame, sizeof(frame));

	return error ? error : remote_unpack(frame, ret);
}
