/* SPDX-License-Identifier: MIT */
/*
 * fuzz-remote - what both sides of the remote protocol are fuzzed with.
 *
 * Frames are those that an honest host would send, with dents (fuzz.h).  Sockets are
 * of this machine's loopback alone.
 */
#ifndef HANDOFF_TESTS_FUZZ_REMOTE_H
#define HANDOFF_TESTS_FUZZ_REMOTE_H

#include <errno.h>
#include <sys/socket.h>

#include "channel/remote/protocol.h"
#include "fuzz.h"
#include "kernel/inet-address.h"

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
	/* Where nobody listens any more there is nobody to talk to; an interrupted one goes on. */
	(void)!connect(fd, &address.any, sizeof(address.v4));
	return fd;
}

/* libFuzzer's clock interrupts calls. */
static inline int fuzz_accept(int listener)
{
	int fd;

	do
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	while (fd == -1 && errno == EINTR);
	FUZZ_CLAIM(fd >= 0);
	return fd;
}

static inline ssize_t fuzz_receive_some(int fd, void *bytes, size_t count)
{
	ssize_t got;

	do
		got = recv(fd, bytes, count, 0);
	while (got == -1 && errno == EINTR);
	return got;
}

/* All of it, or as much as the other end takes. */
static inline void fuzz_send(int fd, const void *bytes, size_t count)
{
	const char *from = bytes;

	while (count) {
		ssize_t sent = send(fd, from, count, MSG_NOSIGNAL);

		if (sent == -1 && errno != EINTR)
			return;
		from += sent > 0 ? sent : 0;
		count -= sent > 0 ? (size_t)sent : 0;
	}
}

/* Whole, or 0 at the end of what the other end has to say. */
static inline size_t fuzz_receive(int fd, void *bytes, size_t count)
{
	size_t used = 0;

	while (used < count) {
		ssize_t got = fuzz_receive_some(fd, (char *)bytes + used, count - used);

		if (got <= 0)
			return 0;
		used += (size_t)got;
	}
	return count;
}

#endif
