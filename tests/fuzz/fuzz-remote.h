/* SPDX-License-Identifier: MIT */
/*
 * fuzz-remote - what both sides of the remote protocol are fuzzed with.
 *
 * Frames are those that an honest host would send, with dents (fuzz.h).  Sockets are
 * of this machine's loopback alone.
 */
#ifndef HANDOFF_TESTS_FUZZ_REMOTE_H
#define HANDOFF_TESTS_FUZZ_REMOTE_H

#include <sys/socket.h>

#include "fuzz.h"
#include "remote-address.h"
#include "remote-protocol.h"

#define LOOPBACK_BACKLOG 4

static inline void fuzz_loopback(union remote_address *ret, uint16_t port)
{
	FUZZ_CLAIM(!remote_address_parse("127.0.0.1", ret));
	remote_address_set_port(ret, port);
}

/* A listener on any port. */
static inline int fuzz_listen(uint16_t *ret_port)
{
	union remote_address address;
	socklen_t length = sizeof(address.v4);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fuzz_loopback(&address, 0);
	FUZZ_CLAIM(fd >= 0 && !bind(fd, &address.any, length) && !listen(fd, LOOPBACK_BACKLOG));
	FUZZ_CLAIM(!getsockname(fd, &address.any, &length));
	*ret_port = remote_address_port(&address);
	return fd;
}

static inline int fuzz_connect(uint16_t port)
{
	union remote_address address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fuzz_loopback(&address, port);
	FUZZ_CLAIM(fd >= 0);
	/* Where nobody listens any more there is nobody to talk to. */
	(void)!connect(fd, &address.any, sizeof(address.v4));
	return fd;
}

/* All of it, or as much as the other end takes. */
static inline void fuzz_send(int fd, const void *bytes, size_t count)
{
	const char *from = bytes;

	while (count) {
		ssize_t sent = send(fd, from, count, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		from += sent;
		count -= (size_t)sent;
	}
}

/* Whole, or 0 at the end of what the other end has to say. */
static inline size_t fuzz_receive(int fd, void *bytes, size_t count)
{
	ssize_t got = recv(fd, bytes, count, MSG_WAITALL);

	return got == (ssize_t)count ? count : 0;
}

#endif
