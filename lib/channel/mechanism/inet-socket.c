/* SPDX-License-Identifier: MIT */
/* tcp, tcp6, udp: a pair of sockets over loopback; read(2) and write(2), recv(2) and send(2). */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

#include "channel/datagram.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/sockets.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Port 0: the kernel finds one. */
static int bind_loopback(int fd, int family)
{
	union address address = { .v6 = { .sin6_family = AF_INET6,
					  .sin6_addr = IN6ADDR_LOOPBACK_INIT } };
	socklen_t length = sizeof(address.v6);

	if (family == AF_INET) {
		address.v4 = (struct sockaddr_in){ .sin_family = AF_INET };
		address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		length = sizeof(address.v4);
	}
	return bind(fd, &address.any, length) ? -errno : 0;
}

static int connect_to(int fd, int other)
{
	union address address;
	socklen_t length = sizeof(address);

	if (getsockname(other, &address.any, &length) || connect(fd, &address.any, length))
		return -errno;
	return 0;
}

static int finish_open(void *state, int error, int family, char *ret_reason)
{
	const char *v4 = "127.0.0.1 is not there: set the loopback interface up "
			 "(ip link set lo up)";
	const char *v6 = "::1 is not there: enable IPv6 (sysctl "
			 "net.ipv6.conf.lo.disable_ipv6=0) and set the loopback interface up";

	if (error)
		channel_files_close(state);
	if (error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL || error == -ENETUNREACH)
		snprintf(ret_reason, CHANNEL_REASON_BYTES, "%s", family == AF_INET6 ? v6 : v4);
	return error;
}

/* The loopback device shakes hands within connect(2): one task can do all of it. */
static int connect_and_accept(struct channel_files *files, int listener, int family)
{
	int client, server, error = bind_loopback(listener, family);

	if (error)
		return error;
	if (listen(listener, 1))
		return -errno;
	client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	files->in[0] = files->out[0] = client;
	error = client == -1 ? -errno : connect_to(client, listener);
	if (error)
		return error;
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	files->in[1] = files->out[1] = server;
	return server == -1 ? -errno : 0;
}

/* Else a message may wait for the acknowledgement of the one before (Nagle). */
static int set_no_delay(const struct channel_files *files)
{
	const int on = 1;

	for (int side = 0; side < 2; side++)
		if (setsockopt(files->out[side], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
			return -errno;
	return 0;
}

static int open_tcp(struct channel_files *files, int family, char *ret_reason)
{
	int error, listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	channel_files_init(files);
	if (listener == -1)
		return finish_open(files, -errno, family, ret_reason);
	error = connect_and_accept(files, listener, family);
	close(listener);
	if (!error)
		error = set_no_delay(files);
	return finish_open(files, error, family, ret_reason);
}

static int tcp_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)config;
	return open_tcp(state, AF_INET, ret_reason);
}

static int tcp6_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)config;
	return open_tcp(state, AF_INET6, ret_reason);
}

static inline int tcp_send(struct channel_end *end, size_t bytes)
{
	return channel_send_stream(end->fd_out, end->out, bytes);
}

static inline int tcp_receive(struct channel_end *end, size_t bytes)
{
	return channel_receive_stream(end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(tcp);

static int make_datagram_sockets(struct channel_files *files)
{
	int error = 0;

	for (int side = 0; side < 2 && !error; side++) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		files->in[side] = files->out[side] = fd;
		error = fd == -1 ? -errno : bind_loopback(fd, AF_INET);
	}
	for (int side = 0; side < 2 && !error; side++)
		error = connect_to(files->out[side], files->in[1 - side]);
	return error;
}

static int udp_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct channel_files *files = state;
	int error = channel_datagram_check(config, ret_reason);

	channel_files_init(files);
	if (!error)
		error = make_datagram_sockets(files);
	for (int side = 0; side < 2 && !error; side++)
		error = channel_datagram_room(files->in[side], config, ret_reason);
	return finish_open(files, error, AF_INET, ret_reason);
}

static inline int udp_send(struct channel_end *end, size_t bytes)
{
	return channel_send_packet(end->fd_out, end->out, bytes);
}

static inline int udp_receive(struct channel_end *end, size_t bytes)
{
	return channel_receive_packet(end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(udp);

#define INET_SOCKETS(identifier, option, text, open_hook, hooks) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_POLLED | \
			   CHANNEL_REMOTE }, \
		.state_bytes = sizeof(struct channel_files), \
		.open = open_hook, \
		.enter = channel_files_enter, \
		.leave = channel_files_leave, \
		.close = channel_files_close, \
		CHANNEL_HOOKS(hooks), \
	}

INET_SOCKETS(tcp, "tcp", "TCP over 127.0.0.1, TCP_NODELAY", tcp_open, tcp);
INET_SOCKETS(tcp6, "tcp6", "TCP over ::1, TCP_NODELAY", tcp6_open, tcp);
INET_SOCKETS(udp, "udp", "UDP over 127.0.0.1, both sockets connected", udp_open, udp);
