/* SPDX-License-Identifier: MIT */
/*
 * engine/server - the side of an engine that answers messages on many connections.
 *
 * open(), serve() and close() run in a process of the server's own
 * (engine/round/server-process.h).  serve() takes each message whole, sends it back
 * whole, counts it, and returns when all connections have ended: 0, or the first
 * error, of whatever connection; then those left are of no more use.  It waits for
 * nobody but its connections.
 *
 * The state and the connections are shared memory: tell() may be called meanwhile
 * by the process that has started the server.  0 or -errno; a sentence in ret_reason
 * (ENGINE_REASON_BYTES) says what to change.  close() also after a failed open().
 */
#ifndef HANDOFF_ENGINE_SERVER_H
#define HANDOFF_ENGINE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct engine_facts;

struct engine_connection {
	_Alignas(128) int socket;  /* the server's end; it blocks */
	unsigned char *buffer;     /* of a message, touched */
	size_t done;               /* bytes of it that have come, or that are sent back */
	bool is_sending, is_over;
	uint64_t calls;            /* of recv(2) and send(2) */
	uint64_t served;           /* messages that were sent back, whole */
	uint64_t seen;             /* of them, when somebody last looked; not the server's */
	pid_t process;             /* that serves this one only; 0: the server itself */
};

struct engine_server_config {
	uint32_t connections;
	size_t message_bytes;
	struct engine_connection *list;
};

struct engine_server {
	size_t state_bytes;        /* of zeroed memory */
	int (*open)(void *state, const struct engine_server_config *config, char *ret_reason);
	int (*serve)(void *state);
	void (*tell)(const void *state, struct engine_facts *ret);
	void (*close)(void *state);
};

#endif
