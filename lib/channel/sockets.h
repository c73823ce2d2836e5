/* SPDX-License-Identifier: MIT */
/*
 * channel/sockets - shared parts of channels made of sockets, beside channel/files.h.
 *
 * For hot loops.  The other side's end is -EPIPE, by whatever name the kernel
 * tells it; a message that is not as long as it should be is -EBADMSG.
 */
#ifndef HANDOFF_CHANNEL_SOCKETS_H
#define HANDOFF_CHANNEL_SOCKETS_H

#include <sys/socket.h>

#include "channel/files.h"

/* The end of a side that left messages unread, or takes no datagrams, has other names. */
static inline int channel_socket_error(int error)
{
	return error == -ECONNRESET || error == -ECONNREFUSED ? -EPIPE : error;
}

static inline int channel_send_stream(int fd, const unsigned char *bytes, size_t count)
{
	return channel_socket_error(channel_write_stream(fd, bytes, count));
}

static inline int channel_receive_stream(int fd, unsigned char *bytes, size_t count)
{
	return channel_socket_error(channel_read_stream(fd, bytes, count));
}

static inline int channel_send_packet(int fd, const unsigned char *bytes, size_t count)
{
	ssize_t sent;

	while ((sent = send(fd, bytes, count, MSG_NOSIGNAL)) == -1) {
		int error = channel_write_again(fd);

		if (error)
			return channel_socket_error(error);
	}
	return (size_t)sent == count ? 0 : -EBADMSG;
}

/* With MSG_TRUNC recv(2) returns how long the message was, not what there was room for. */
static inline int channel_receive_packet(int fd, unsigned char *bytes, size_t count)
{
	ssize_t got;

	do
		got = recv(fd, bytes, count, MSG_TRUNC);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return channel_socket_error(-errno);
	if (got == 0)
		return -EPIPE;
	return (size_t)got == count ? 0 : -EBADMSG;
}

#endif
