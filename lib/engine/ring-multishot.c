/* SPDX-License-Identifier: MIT */
/* The servers of engine/ring-server.h whose recv stays under way. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/echo.h"
#include "engine/ring-server.h"
#include "kernel/pages.h"

/* A message may come while the last one's end is not seen yet: two buffers for each. */
#define BUFFERS_EACH 2
#define BUFFER_MOST (16u << 10)
#define GROUP 0
#define NONE (-1)
/* In the user data, beside the connection's index. */
#define IS_SEND ((uint64_t)1 << 32)

/* What a connection has beside engine_connection: that one's done counts what is sent. */
struct arrival {
	size_t got;                /* bytes of a message that comes in pieces */
	const unsigned char *from; /* where the message that goes back lies */
	int held;                  /* the buffer that it came in, or NONE */
};

struct multishot {
	struct engine_server_ring own;
	struct io_uring_buf_ring *group;
	size_t group_bytes, memory_bytes, buffer_bytes;
	unsigned char *memory;     /* of all buffers */
	uint32_t buffers;          /* a power of two */
	struct arrival *arrivals;
};

/* Opening */

static uint32_t power_above(uint32_t least)
{
	uint32_t power = 1;

	while (power < least)
		power *= 2;
	return power;
}

static int take_memory(struct multishot *multishot, const struct engine_server_config *config)
{
	multishot->buffers = power_above(BUFFERS_EACH * config->connections);
	multishot->buffer_bytes = config->message_bytes < BUFFER_MOST ? config->message_bytes
								      : BUFFER_MOST;
	multishot->memory_bytes = multishot->buffers * multishot->buffer_bytes;
	multishot->group_bytes = multishot->buffers * sizeof(struct io_uring_buf);
	multishot->memory = pages_take(multishot->memory_bytes);
	multishot->group = pages_take(multishot->group_bytes);
	multishot->arrivals = pages_take(config->connections * sizeof(*multishot->arrivals));
	for (uint32_t i = 0; multishot->arrivals && i < config->connections; i++)
		multishot->arrivals[i].held = NONE;
	return multishot->memory && multishot->group && multishot->arrivals ? 0 : -ENOMEM;
}

static inline void give_back(struct multishot *multishot, int buffer)
{
	io_uring_buf_ring_add(multishot->group,
			      multishot->memory + (size_t)buffer * multishot->buffer_bytes,
			      (unsigned int)multishot->buffer_bytes, (unsigned short)buffer,
			      io_uring_buf_ring_mask(multishot->buffers), 0);
	io_uring_buf_ring_advance(multishot->group, 1);
}

static int register_buffers(struct multishot *multishot, char *ret_reason)
{
	struct io_uring_buf_reg group = {
		.ring_addr = (uint64_t)(uintptr_t)multishot->group,
		.ring_entries = multishot->buffers, .bgid = GROUP,
	};
	int error = io_uring_register_buf_ring(&multishot->own.ring, &group, 0);

	if (error == -EINVAL)
		snprintf(ret_reason, ENGINE_REASON_BYTES, "this kernel's io_uring has no "
			 "IORING_REGISTER_PBUF_RING: Linux 5.19 has");
	if (error)
		return error;
	io_uring_buf_ring_init(multishot->group);
	for (uint32_t i = 0; i < multishot->buffers; i++)
		give_back(multishot, (int)i);
	return 0;
}

/* len 0: as much as a buffer holds. */
static inline void prepare_receive(struct multishot *multishot, int socket, uint64_t data)
{
	struct io_uring_sqe *submission = io_uring_get_sqe(&multishot->own.ring);

	io_uring_prep_recv_multishot(submission, socket, NULL, 0, 0);
	submission->flags |= IOSQE_BUFFER_SELECT;
	submission->buf_group = GROUP;
	io_uring_sqe_set_data64(submission, data);
}

/* One completion of a trial: its result, whether more will come, and its buffer given back. */
static int await_trial(struct multishot *multishot, bool *ret_has_more)
{
	struct io_uring_cqe *completion;
	int result = engine_server_ring_submit(&multishot->own);

	if (!result)
		result = io_uring_peek_cqe(&multishot->own.ring, &completion);
	if (result)
		return result;
	result = completion->res;
	*ret_has_more = completion->flags & IORING_CQE_F_MORE;
	if (completion->flags & IORING_CQE_F_BUFFER)
		give_back(multishot, (int)(completion->flags >> IORING_CQE_BUFFER_SHIFT));
	io_uring_cqe_seen(&multishot->own.ring, completion);
	return result;
}

/* Older kernels refuse the flag, or do not know it and take one piece only. */
static int try_multishot(struct multishot *multishot, char *ret_reason)
{
	int ends[2], result;
	bool has_more = false, is_open = true;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	prepare_receive(multishot, ends[0], 0);
	result = send(ends[1], "", 1, MSG_NOSIGNAL) == 1 ? await_trial(multishot, &has_more)
							 : -errno;
	close(ends[1]);
	/* The end that it is told ends it. */
	if (has_more)
		await_trial(multishot, &is_open);
	close(ends[0]);
	if (result == 1 && has_more && !is_open)
		return 0;
	if (result != 1 && result != -EINVAL)
		return result < 0 ? result : -EIO;
	snprintf(ret_reason, ENGINE_REASON_BYTES, "this kernel's io_uring has no multishot recv "
		 "(IORING_RECV_MULTISHOT): Linux 6.0 has");
	return -EINVAL;
}

/* A connection may want a send and a recv at once. */
static int open_with(struct multishot *multishot, unsigned int setup_flags,
		     const struct engine_server_config *config, char *ret_reason)
{
	int error = take_memory(multishot, config);

	if (!error)
		error = engine_server_ring_open(&multishot->own, setup_flags,
						2 * config->connections, config, ret_reason);
	if (!error)
		error = register_buffers(multishot, ret_reason);
	if (!error)
		error = try_multishot(multishot, ret_reason);
	return error;
}

static int multishot_open(void *state, const struct engine_server_config *config, char *ret_reason)
{
	return open_with(state, 0, config, ret_reason);
}

static int defer_multishot_open(void *state, const struct engine_server_config *config,
				char *ret_reason)
{
	return open_with(state, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, config,
			 ret_reason);
}

static void multishot_close(void *state)
{
	struct multishot *multishot = state;

	engine_server_ring_close(&multishot->own);
	pages_give(multishot->memory, multishot->memory_bytes);
	pages_give(multishot->group, multishot->group_bytes);
	if (multishot->own.config)
		pages_give(multishot->arrivals, multishot->own.config->connections *
			   sizeof(*multishot->arrivals));
}

/* The hot loop */

static inline void prepare_send(struct multishot *multishot, uint32_t i)
{
	const struct engine_server_config *config = multishot->own.config;
	const struct engine_connection *connection = &config->list[i];
	struct io_uring_sqe *submission = io_uring_get_sqe(&multishot->own.ring);

	io_uring_prep_send(submission, connection->socket,
			   multishot->arrivals[i].from + connection->done,
			   config->message_bytes - connection->done, MSG_NOSIGNAL);
	io_uring_sqe_set_data64(submission, i | IS_SEND);
}

static inline void begin_send(struct multishot *multishot, uint32_t i, const unsigned char *from,
			      int held)
{
	multishot->arrivals[i].from = from;
	multishot->arrivals[i].held = held;
	multishot->own.config->list[i].is_sending = true;
	prepare_send(multishot, i);
}

/* What has come together, as soon as the message before it is gone. */
static inline void send_gathered(struct multishot *multishot, uint32_t i)
{
	const struct engine_server_config *config = multishot->own.config;

	if (multishot->arrivals[i].got < config->message_bytes || config->list[i].is_sending)
		return;
	multishot->arrivals[i].got = 0;
	begin_send(multishot, i, config->list[i].buffer, NONE);
}

static inline int take_bytes(struct multishot *multishot, uint32_t i, int buffer, size_t bytes)
{
	const unsigned char *from = multishot->memory + (size_t)buffer * multishot->buffer_bytes;
	const struct engine_server_config *config = multishot->own.config;
	struct engine_connection *connection = &config->list[i];
	struct arrival *arrival = &multishot->arrivals[i];

	if (!connection->is_sending && !arrival->got && bytes == config->message_bytes) {
		begin_send(multishot, i, from, buffer);
		return 0;
	}
	if (bytes > config->message_bytes - arrival->got)
		return -EBADMSG;
	memcpy(connection->buffer + arrival->got, from, bytes);
	give_back(multishot, buffer);
	arrival->got += bytes;
	send_gathered(multishot, i);
	return 0;
}

static inline int end_connection(struct multishot *multishot, uint32_t i)
{
	multishot->own.config->list[i].is_over = true;
	multishot->own.left--;
	return multishot->arrivals[i].got ? -EPIPE : 0;
}

/* It goes on by itself, but for want of a buffer, or where the kernel has ended it. */
static inline int take_receive(struct multishot *multishot, uint32_t i,
			       const struct io_uring_cqe *completion)
{
	int result = completion->res, error = 0;

	if (result == 0 || result == -ECONNRESET)
		return end_connection(multishot, i);
	if (result < 0 && result != -ENOBUFS && result != -EINTR)
		return result;
	if (result > 0)
		error = take_bytes(multishot, i,
				   (int)(completion->flags >> IORING_CQE_BUFFER_SHIFT),
				   (size_t)result);
	if (!error && !(completion->flags & IORING_CQE_F_MORE))
		prepare_receive(multishot, multishot->own.config->list[i].socket, i);
	return error;
}

static inline int take_send(struct multishot *multishot, uint32_t i, int result)
{
	struct engine_connection *connection = &multishot->own.config->list[i];
	struct arrival *arrival = &multishot->arrivals[i];
	int error = result == -EINTR ? 0 : engine_echo_sent(multishot->own.config, connection, result);

	if (error)
		return error;
	if (connection->is_sending) {
		prepare_send(multishot, i);
		return 0;
	}
	if (arrival->held != NONE)
		give_back(multishot, arrival->held);
	arrival->held = NONE;
	send_gathered(multishot, i);
	return 0;
}

static inline int take_ends(struct multishot *multishot)
{
	struct io_uring_cqe *completion;
	unsigned int head, count = 0;
	int error = 0;

	io_uring_for_each_cqe(&multishot->own.ring, head, completion) {
		uint64_t data = io_uring_cqe_get_data64(completion);
		int failed = data & IS_SEND
			? take_send(multishot, (uint32_t)data, completion->res)
			: take_receive(multishot, (uint32_t)data, completion);

		error = error ? error : failed;
		count++;
	}
	io_uring_cq_advance(&multishot->own.ring, count);
	return error;
}

static int multishot_serve(void *state)
{
	struct multishot *multishot = state;
	const struct engine_server_config *config = multishot->own.config;
	int error = 0;

	for (uint32_t i = 0; i < config->connections; i++)
		prepare_receive(multishot, config->list[i].socket, i);
	while (!error && multishot->own.left) {
		error = engine_server_ring_submit(&multishot->own);
		if (!error)
			error = take_ends(multishot);
	}
	return error;
}

static void multishot_tell(const void *state, struct engine_facts *ret)
{
	const struct multishot *multishot = state;

	engine_server_ring_tell(&multishot->own, ret);
}

#define SERVER(identifier) \
	const struct engine_server engine_ring_server_##identifier = { \
		.state_bytes = sizeof(struct multishot), \
		.open = identifier##_open, \
		.serve = multishot_serve, \
		.tell = multishot_tell, \
		.close = multishot_close, \
	}

SERVER(multishot);
SERVER(defer_multishot);
