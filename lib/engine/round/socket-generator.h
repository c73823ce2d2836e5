/* SPDX-License-Identifier: MIT */
/*
 * engine/round/socket-generator - the load of a server: a request under way on each connection.
 *
 * The same for every server: a lane sends its message, awaits the echo, compares every
 * byte of it, keeps the time and sends the next, or, where the load has a pace, waits
 * for its turn among those that are idle until one is due.  What is sent is told
 * by the connection and the request's number, so that no echo stands for another.
 * One thread, epoll(7), sockets that do not block.  A latency lasts until this thread
 * has the echo whole: it holds the wait for its turn here.
 *
 * open() takes as many sockets as lanes, both the caller's, with a load without bytes
 * (engine/lane.h); run() makes the requests of the load and returns when all have
 * ended.  -EILSEQ: an echo is not what was sent; -EPIPE: a connection was ended;
 * -ETIMEDOUT: nothing came for 4 seconds; or what look() returns, which is asked for
 * while nothing comes.  After an error the connections are of no more use.
 * close() takes a zeroed struct.
 */
#ifndef HANDOFF_SOCKET_GENERATOR_H
#define HANDOFF_SOCKET_GENERATOR_H

#include <sys/epoll.h>

#include "engine/lane.h"

struct socket_generator_way;

struct socket_generator {
	/* The caller's, before open(). */
	struct engine_lane *lanes;
	const int *sockets;
	uint32_t count;
	size_t message_bytes;
	int (*look)(const void *context);      /* 0, or an error that ends run() */
	const void *context;
	/* Its own. */
	struct socket_generator_way *ways;     /* one a lane */
	struct epoll_event *events;
	unsigned char *echo;       /* of one message, and a byte more */
	uint32_t *idle;            /* a ring of count: connections that wait for their turn */
	uint32_t idle_first, idle_count, in_flight;
	int64_t due_ns;            /* until one of them may go; 0: at once, or none */
	int epoll;
	bool is_open;
};

int socket_generator_open(struct socket_generator *generator);
int socket_generator_run(struct socket_generator *generator);
void socket_generator_close(struct socket_generator *generator);

#endif
