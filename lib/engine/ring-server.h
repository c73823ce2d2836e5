/* SPDX-License-Identifier: MIT */
/*
 * engine/ring-server - servers by one ring of io_uring and one thread.
 *
 * One recv or send is under way on each connection.  The multishot ones have a recv
 * that stays under way and takes its memory from buffers that the ring has been given
 * (IORING_REGISTER_PBUF_RING), and a send beside it: a message that came in one piece
 * goes back from where it came, others are put together in the connection's buffer.
 * Each as engine/server.h has it, with just the setup flags of its name.
 */
#ifndef HANDOFF_ENGINE_RING_SERVER_H
#define HANDOFF_ENGINE_RING_SERVER_H

#include <liburing.h>

#include "engine/ring.h"
#include "engine/server.h"

extern const struct engine_server
	engine_ring_server_plain, engine_ring_server_defer,
	engine_ring_server_multishot, engine_ring_server_defer_multishot;

/* What both kinds have: a ring, and how far it is. */
struct engine_server_ring {
	struct io_uring ring;
	const struct engine_server_config *config;
	uint32_t left;             /* connections that are not over */
	uint64_t calls;            /* of io_uring_enter(2) */
	bool is_open;
};

int engine_server_ring_open(struct engine_server_ring *own, unsigned int setup_flags,
			    uint32_t entries, const struct engine_server_config *config,
			    char *ret_reason);
void engine_server_ring_close(struct engine_server_ring *own);
void engine_server_ring_tell(const struct engine_server_ring *own, struct engine_facts *ret);

/* Hands over what was prepared, and waits for one completion at least. */
static inline int engine_server_ring_submit(struct engine_server_ring *own)
{
	int result;

	do {
		own->calls++;
		result = io_uring_submit_and_wait(&own->ring, 1);
	} while (result == -EINTR);
	return result < 0 ? result : 0;
}

#endif
