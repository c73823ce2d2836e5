/* SPDX-License-Identifier: MIT */
/*
 * channel/remote/socket - sockets between two hosts, of which either may vanish.
 *
 * Every call ends within seconds: 0 (or a descriptor, the caller's to close), or
 * -errno.  -EAGAIN: the other host has said nothing for so long; -EPIPE: its end
 * has come.  SIGPIPE never.
 */
#ifndef HANDOFF_REMOTE_SOCKET_H
#define HANDOFF_REMOTE_SOCKET_H

#include "channel/remote/protocol.h"
#include "kernel/inet-address.h"

/* How long the other host may keep us waiting. */
#define REMOTE_PATIENCE_MS 3000

/* TCP_NODELAY if it is TCP, and how long a call may last; receiving differs for who serves. */
int remote_socket_limit(int fd, int receive_ms);

/* A connected socket, SOCK_STREAM or SOCK_DGRAM. */
int remote_socket_connect(const union remote_address *address, int type);

/* A bound one; SOCK_STREAM listens, too. */
int remote_socket_bind(const union remote_address *address, int type, int backlog);

int remote_send(int fd, const struct remote_message *message);

/* Whole within the time, however slowly it drips; else as remote_unpack(). */
int remote_receive(int fd, int patience_ms, struct remote_message *ret);

/* So many bytes within the time; for what comes before the first frame. */
int remote_receive_bytes(int fd, int patience_ms, unsigned char *bytes, size_t count);

/* Milliseconds until then, 0 if it is over; and when the patience that begins now ends. */
int remote_patience_left(uint64_t deadline_ns);
uint64_t remote_patience_end(int patience_ms);

#endif
