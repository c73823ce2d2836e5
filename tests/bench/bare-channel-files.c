/* SPDX-License-Identifier: MIT */
/* The bare loops over descriptors: pipes, sockets, eventfd. */
#include "bare-channel.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int pipe_open(struct bare_link *link)
{
	link->has_files = true;
	for (int side = 0; side < 2; side++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC))
			return -1;
		link->in[1 - side] = ends[0];
		link->out[side] = ends[1];
	}
	return 0;
}

static int open_fifo(const char *path, int *ret_in, int *ret_out)
{
	int keeper = mkfifo(path, 0600) ? -1 : open(path, O_RDWR | O_CLOEXEC), error;

	*ret_in = keeper == -1 ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	*ret_out = *ret_in == -1 ? -1 : open(path, O_WRONLY | O_CLOEXEC);
	error = errno;
	unlink(path);
	if (keeper != -1)
		close(keeper);
	errno = error;
	return *ret_out == -1 ? -1 : fcntl(*ret_in, F_SETFL, 0);
}

static int fifo_open(struct bare_link *link)
{
	char folder[] = "/tmp/bare-channel-XXXXXX", path[sizeof(folder) + 2];
	int failed = 0, error;

	link->has_files = true;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/0", folder);
	for (int side = 0; side < 2 && !failed; side++)
		failed = open_fifo(path, &link->in[1 - side], &link->out[side]);
	error = errno;
	rmdir(folder);
	errno = error;
	return failed;
}

static inline int byte_send(struct bare_end *end)
{
	return bare_whole(write(end->fd_out, end->out, 1), 1);
}

static inline int byte_receive(struct bare_end *end)
{
	return bare_whole(read(end->fd_in, end->in, 1), 1);
}

BARE_LOOPS(byte);

static int open_pair(struct bare_link *link, int type)
{
	int pair[2];

	link->has_files = true;
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair))
		return -1;
	for (int side = 0; side < 2; side++)
		link->in[side] = link->out[side] = pair[side];
	return 0;
}

static int stream_open(struct bare_link *link)
{
	return open_pair(link, SOCK_STREAM);
}

static int seqpacket_open(struct bare_link *link)
{
	return open_pair(link, SOCK_SEQPACKET);
}

static inline int packet_send(struct bare_end *end)
{
	return bare_whole(send(end->fd_out, end->out, 1, MSG_NOSIGNAL), 1);
}

static inline int packet_receive(struct bare_end *end)
{
	return bare_whole(recv(end->fd_in, end->in, 1, MSG_TRUNC), 1);
}

BARE_LOOPS(packet);

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
};

/* A socket on a port of the kernel's choice. */
static int bound_socket(int type)
{
	union address address = { .v4 = { .sin_family = AF_INET } };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd == -1 || bind(fd, &address.any, sizeof(address.v4)) ? -1 : fd;
}

static int connect_to(int fd, int other)
{
	union address address;
	socklen_t length = sizeof(address);

	return getsockname(other, &address.any, &length) || connect(fd, &address.any, length)
		? -1 : 0;
}

static int tcp_open(struct bare_link *link)
{
	int listener = bound_socket(SOCK_STREAM), sockets[2], on = 1;

	link->has_files = true;
	sockets[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener == -1 || listen(listener, 1) || sockets[0] == -1 ||
	    connect_to(sockets[0], listener))
		return -1;
	sockets[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (sockets[1] == -1)
		return -1;
	for (int side = 0; side < 2; side++) {
		if (setsockopt(sockets[side], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
			return -1;
		link->in[side] = link->out[side] = sockets[side];
	}
	return close(listener);
}

static int udp_open(struct bare_link *link)
{
	link->has_files = true;
	for (int side = 0; side < 2; side++) {
		link->in[side] = link->out[side] = bound_socket(SOCK_DGRAM);
		if (link->in[side] == -1)
			return -1;
	}
	return connect_to(link->out[0], link->in[1]) || connect_to(link->out[1], link->in[0])
		? -1 : 0;
}

static int eventfd_open(struct bare_link *link)
{
	link->has_files = true;
	for (int side = 0; side < 2; side++) {
		link->in[1 - side] = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
		link->out[side] = link->in[1 - side] == -1
			? -1 : fcntl(link->in[1 - side], F_DUPFD_CLOEXEC, 0);
		if (link->out[side] == -1)
			return -1;
	}
	return 0;
}

static inline int event_send(struct bare_end *end)
{
	uint64_t one = 1;

	return bare_whole(write(end->fd_out, &one, sizeof(one)), sizeof(one));
}

static inline int event_receive(struct bare_end *end)
{
	uint64_t one = 0;

	return bare_whole(read(end->fd_in, &one, sizeof(one)), sizeof(one));
}

BARE_LOOPS(event);

const struct bare_channel bare_files[] = {
	{ "pipe", pipe_open, byte_ping, byte_pong },
	{ "fifo", fifo_open, byte_ping, byte_pong },
	{ "unix-stream", stream_open, byte_ping, byte_pong },
	{ "unix-seqpacket", seqpacket_open, packet_ping, packet_pong },
	{ "tcp", tcp_open, byte_ping, byte_pong },
	{ "udp", udp_open, packet_ping, packet_pong },
	{ "eventfd", eventfd_open, event_ping, event_pong },
	{ .name = NULL },
};
