/* SPDX-License-Identifier: MIT */
#include "engine/round/loopback-pairs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/pages.h"

/* Beside the sockets: a report, perf's, an epoll, rings. */
#define OTHER_DESCRIPTORS 32
#define BACKLOG 16
/* Connections of somebody else's that we turn away before we give up. */
#define STRANGERS_MOST 64

static int allow_descriptors(uint32_t count, char *ret_reason, size_t size)
{
	rlim_t needed = 2 * (rlim_t)count + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	if (limit.rlim_cur >= needed)
		return 0;
	if (limit.rlim_max >= needed) {
		limit.rlim_cur = needed;
		return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
	}
	snprintf(ret_reason, size, "%u connections need %llu descriptors, RLIMIT_NOFILE allows %llu: "
		 "raise the hard limit (ulimit -Hn)", count, (unsigned long long)needed,
		 (unsigned long long)limit.rlim_max);
	return -EMFILE;
}

static int new_socket(void)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on))) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* ret_address: where it listens. */
static int listen_here(struct sockaddr_in *ret_address)
{
	socklen_t length = sizeof(*ret_address);
	int error, fd = new_socket();

	if (fd < 0)
		return fd;
	*ret_address = (struct sockaddr_in){ .sin_family = AF_INET,
					     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	if (!bind(fd, (struct sockaddr *)ret_address, length) && !listen(fd, BACKLOG) &&
	    !getsockname(fd, (struct sockaddr *)ret_address, &length))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int connect_to(const struct sockaddr_in *address)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	int error, fd = new_socket();

	if (fd < 0)
		return fd;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* The other end of just this one: any process of the machine may connect here, too. */
static int accept_from(int listener, int first)
{
	int on = 1;

	for (int i = 0; i < STRANGERS_MOST; i++) {
		struct sockaddr_in own, peer;
		socklen_t own_length = sizeof(own), peer_length = sizeof(peer);
		int fd = accept4(listener, (struct sockaddr *)&peer, &peer_length, SOCK_CLOEXEC);

		if (fd == -1)
			return -errno;
		if (!getsockname(first, (struct sockaddr *)&own, &own_length) &&
		    own.sin_port == peer.sin_port &&
		    !setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
			return fd;
		close(fd);
	}
	return -ECONNREFUSED;
}

static int make_pair(struct loopback_pairs *pairs, uint32_t i, int listener,
		     const struct sockaddr_in *address)
{
	int fd = connect_to(address);

	if (fd < 0)
		return fd;
	pairs->ends[0][i] = fd;
	fd = accept_from(listener, pairs->ends[0][i]);
	if (fd < 0)
		return fd;
	pairs->ends[1][i] = fd;
	return 0;
}

static int make_all(struct loopback_pairs *pairs)
{
	struct sockaddr_in address;
	int error = 0, listener = listen_here(&address);

	if (listener < 0)
		return listener;
	for (uint32_t i = 0; i < pairs->count && !error; i++)
		error = make_pair(pairs, i, listener, &address);
	close(listener);
	return error;
}

static int take_lists(struct loopback_pairs *pairs)
{
	size_t bytes = pairs->count * sizeof(int);

	for (int side = 0; side < 2; side++) {
		pairs->ends[side] = pages_take(bytes);
		if (!pairs->ends[side])
			return -ENOMEM;
		for (uint32_t i = 0; i < pairs->count; i++)
			pairs->ends[side][i] = -1;
	}
	return 0;
}

int loopback_pairs_open(struct loopback_pairs *ret, uint32_t count, char *ret_reason, size_t size)
{
	int error = allow_descriptors(count, ret_reason, size);

	*ret = (struct loopback_pairs){ .count = count };
	if (!error)
		error = take_lists(ret);
	if (!error)
		error = make_all(ret);
	if (error == -EADDRNOTAVAIL || error == -ENETUNREACH || error == -EAFNOSUPPORT)
		snprintf(ret_reason, size, "there is no TCP on 127.0.0.1: ip link set lo up, or more "
			 "ports in sysctl net.ipv4.ip_local_port_range");
	if (error)
		loopback_pairs_close(ret);
	return error;
}

void loopback_pairs_close_ends(struct loopback_pairs *pairs, int side)
{
	for (uint32_t i = 0; pairs->ends[side] && i < pairs->count; i++) {
		if (pairs->ends[side][i] >= 0)
			close(pairs->ends[side][i]);
		pairs->ends[side][i] = -1;
	}
}

void loopback_pairs_close(struct loopback_pairs *pairs)
{
	for (int side = 0; side < 2; side++) {
		loopback_pairs_close_ends(pairs, side);
		pages_give(pairs->ends[side], pairs->count * sizeof(int));
		pairs->ends[side] = NULL;
	}
}
