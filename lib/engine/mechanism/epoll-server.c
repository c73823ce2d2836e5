/* SPDX-License-Identifier: MIT */
/* epoll: one thread that answers whichever connection is ready, by level-triggered epoll(7). */
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "engine/echo.h"
#include "engine/engine.h"
#include "engine/mechanism/epoll-server.h"

#define EVENTS_MOST 256

struct epoll_server {
	const struct engine_server_config *config;
	struct epoll_event events[EVENTS_MOST];
	uint32_t left;             /* connections that are not over */
	uint64_t waits;            /* calls of epoll_wait(2) and epoll_ctl(2) */
	int epoll;
	bool is_open;
};

static int watch(struct epoll_server *server, struct engine_connection *connection, int operation,
		 uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .ptr = connection } };

	server->waits++;
	return epoll_ctl(server->epoll, operation, connection->socket, &event) ? -errno : 0;
}

static int epoll_server_open(void *state, const struct engine_server_config *config,
			     char *ret_reason)
{
	struct epoll_server *server = state;
	int error = 0;

	(void)ret_reason;
	server->config = config;
	server->left = config->connections;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll == -1)
		return -errno;
	server->is_open = true;
	for (uint32_t i = 0; i < config->connections && !error; i++)
		error = watch(server, &config->list[i], EPOLL_CTL_ADD, EPOLLIN);
	return error;
}

/* It is asked for room only where there was none. */
static int turn(struct epoll_server *server, struct engine_connection *connection, bool was_sending)
{
	if (connection->is_over) {
		server->left--;
		return watch(server, connection, EPOLL_CTL_DEL, 0);
	}
	if (connection->is_sending == was_sending)
		return 0;
	return watch(server, connection, EPOLL_CTL_MOD, connection->is_sending ? EPOLLOUT : EPOLLIN);
}

/* As far as it goes without waiting, one message at most: others are ready, too. */
static int answer(struct epoll_server *server, struct engine_connection *connection)
{
	bool was_sending = connection->is_sending;
	uint64_t served = connection->served;
	int error = 0;

	while (!error && !connection->is_over && connection->served == served)
		error = engine_echo_step(server->config, connection, MSG_DONTWAIT);
	return error && error != -EAGAIN ? error : turn(server, connection, was_sending);
}

static int epoll_server_serve(void *state)
{
	struct epoll_server *server = state;
	int error = 0;

	while (!error && server->left) {
		int count = epoll_wait(server->epoll, server->events, EVENTS_MOST, -1);

		server->waits++;
		if (count == -1 && errno != EINTR)
			error = -errno;
		for (int i = 0; i < count && !error; i++)
			error = answer(server, server->events[i].data.ptr);
	}
	return error;
}

static void epoll_server_tell(const void *state, struct engine_facts *ret)
{
	const struct epoll_server *server = state;

	ret->tasks = 1;
	ret->calls = (double)(server->waits + engine_echo_calls(server->config));
}

static void epoll_server_close(void *state)
{
	struct epoll_server *server = state;

	if (server->is_open)
		close(server->epoll);
	server->is_open = false;
}

const struct engine_server engine_epoll_server = {
	.state_bytes = sizeof(struct epoll_server),
	.open = epoll_server_open,
	.serve = epoll_server_serve,
	.tell = epoll_server_tell,
	.close = epoll_server_close,
};
