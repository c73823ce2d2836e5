/* SPDX-License-Identifier: MIT */
/*
 * engine/echo - a message that comes in and goes back, as all servers do it.
 *
 * For hot loops.  A connection takes a message, then sends it; received() and sent()
 * are told what one call has moved, of whatever kind, and say when it turns round.
 * It is over when the other side has ended it between two messages: by closing, or
 * by a reset, which leaves no socket to linger.  An end within one is -EPIPE.
 *
 * 0 or -errno; -EAGAIN with MSG_DONTWAIT only.  Only EINTR is tried again.
 */
#ifndef HANDOFF_ENGINE_ECHO_H
#define HANDOFF_ENGINE_ECHO_H

#include <errno.h>
#include <sys/socket.h>

#include "engine/server.h"

/* result: bytes, or -errno. */
static inline int engine_echo_received(const struct engine_server_config *config,
				       struct engine_connection *connection, long result)
{
	if (result == 0 || result == -ECONNRESET) {
		connection->is_over = true;
		return connection->done ? -EPIPE : 0;
	}
	if (result < 0)
		return (int)result;
	connection->done += (size_t)result;
	if (connection->done == config->message_bytes) {
		connection->done = 0;
		connection->is_sending = true;
	}
	return 0;
}

static inline int engine_echo_sent(const struct engine_server_config *config,
				   struct engine_connection *connection, long result)
{
	if (result <= 0)
		return result ? (int)result : -EIO;
	connection->done += (size_t)result;
	if (connection->done == config->message_bytes) {
		connection->done = 0;
		connection->is_sending = false;
		__atomic_store_n(&connection->served, connection->served + 1, __ATOMIC_RELEASE);
	}
	return 0;
}

static inline int engine_echo_receive(const struct engine_server_config *config,
				      struct engine_connection *connection, int flags)
{
	ssize_t got;

	do {
		connection->calls++;
		got = recv(connection->socket, connection->buffer + connection->done,
			   config->message_bytes - connection->done, flags);
	} while (got == -1 && errno == EINTR);
	return engine_echo_received(config, connection, got == -1 ? -errno : got);
}

static inline int engine_echo_send(const struct engine_server_config *config,
				   struct engine_connection *connection, int flags)
{
	ssize_t sent;

	do {
		connection->calls++;
		sent = send(connection->socket, connection->buffer + connection->done,
			    config->message_bytes - connection->done, flags | MSG_NOSIGNAL);
	} while (sent == -1 && errno == EINTR);
	return engine_echo_sent(config, connection, sent == -1 ? -errno : sent);
}

/* What is next on this connection. */
static inline int engine_echo_step(const struct engine_server_config *config,
				   struct engine_connection *connection, int flags)
{
	return connection->is_sending ? engine_echo_send(config, connection, flags)
				      : engine_echo_receive(config, connection, flags);
}

static inline uint64_t engine_echo_calls(const struct engine_server_config *config)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < config->connections; i++)
		sum += config->list[i].calls;
	return sum;
}

#endif
