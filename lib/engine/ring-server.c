/* SPDX-License-Identifier: MIT */
#include "engine/ring-server.h"

#include "engine/echo.h"

/* For both kinds */

int engine_server_ring_open(struct engine_server_ring *own, unsigned int setup_flags,
			    uint32_t entries, const struct engine_server_config *config,
			    char *ret_reason)
{
	struct io_uring_params params = { .flags = setup_flags };
	int error = io_uring_queue_init_params(entries, &own->ring, &params);

	own->config = config;
	own->left = config->connections;
	own->is_open = !error;
	if (error)
		engine_ring_explain(setup_flags, error, ret_reason);
	return error;
}

void engine_server_ring_close(struct engine_server_ring *own)
{
	if (own->is_open)
		io_uring_queue_exit(&own->ring);
	own->is_open = false;
}

void engine_server_ring_tell(const struct engine_server_ring *own, struct engine_facts *ret)
{
	ret->tasks = 1;
	ret->ring_flags = own->ring.flags;
	ret->ring_features = own->ring.features;
	ret->calls = (double)own->calls;
}

/* One recv or send a connection */

static int plain_open(void *state, const struct engine_server_config *config, char *ret_reason)
{
	return engine_server_ring_open(state, 0, config->connections, config, ret_reason);
}

static int defer_open(void *state, const struct engine_server_config *config, char *ret_reason)
{
	return engine_server_ring_open(state, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
				       config->connections, config, ret_reason);
}

/* There is an entry for each connection. */
static inline void prepare(struct engine_server_ring *own, struct engine_connection *connection)
{
	struct io_uring_sqe *submission = io_uring_get_sqe(&own->ring);
	unsigned char *at = connection->buffer + connection->done;
	size_t bytes = own->config->message_bytes - connection->done;

	if (connection->is_sending)
		io_uring_prep_send(submission, connection->socket, at, bytes, MSG_NOSIGNAL);
	else
		io_uring_prep_recv(submission, connection->socket, at, bytes, 0);
	io_uring_sqe_set_data(submission, connection);
}

static inline int take_end(struct engine_server_ring *own, struct engine_connection *connection,
			   long result)
{
	int error = 0;

	if (result != -EINTR)
		error = connection->is_sending
			? engine_echo_sent(own->config, connection, result)
			: engine_echo_received(own->config, connection, result);
	if (error)
		return error;
	if (connection->is_over)
		own->left--;
	else
		prepare(own, connection);
	return 0;
}

static inline int take_ends(struct engine_server_ring *own)
{
	struct io_uring_cqe *completion;
	unsigned int head, count = 0;
	int error = 0;

	io_uring_for_each_cqe(&own->ring, head, completion) {
		int failed = take_end(own, io_uring_cqe_get_data(completion), completion->res);

		error = error ? error : failed;
		count++;
	}
	io_uring_cq_advance(&own->ring, count);
	return error;
}

static int plain_serve(void *state)
{
	struct engine_server_ring *own = state;
	int error = 0;

	for (uint32_t i = 0; i < own->config->connections; i++)
		prepare(own, &own->config->list[i]);
	while (!error && own->left) {
		error = engine_server_ring_submit(own);
		if (!error)
			error = take_ends(own);
	}
	return error;
}

static void plain_tell(const void *state, struct engine_facts *ret)
{
	engine_server_ring_tell(state, ret);
}

static void plain_close(void *state)
{
	engine_server_ring_close(state);
}

#define SERVER(identifier, how) \
	const struct engine_server engine_ring_server_##identifier = { \
		.state_bytes = sizeof(struct engine_server_ring), \
		.open = how, \
		.serve = plain_serve, \
		.tell = plain_tell, \
		.close = plain_close, \
	}

SERVER(plain, plain_open);
SERVER(defer, defer_open);
