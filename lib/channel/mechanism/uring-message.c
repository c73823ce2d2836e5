/* SPDX-License-Identifier: MIT */
/*
 * uring-msg-ring: a completion put into the other side's io_uring, IORING_OP_MSG_RING;
 * uring-socket: a unix stream socketpair, IORING_OP_SEND and IORING_OP_RECV.
 *
 * A ring a side, io_uring_enter(2) to submit and to wait.  Both rings stay open on both
 * sides: a message is for the other's ring, whose end is therefore not seen.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "kernel/raw-ring.h"

#define MESSAGE_RING_OPERATION 40  /* IORING_OP_MSG_RING of Linux 5.18; headers may be older */
#define RING_ENTRIES_MAX 32768     /* io_uring_setup(2) */

struct rings {
	struct channel_files files;
	struct raw_ring rings[2];  /* by side */
};

/* user_data of a completion */
enum { OWN_REQUEST = 1, MESSAGE = 2 };

static void close_rings(void *state)
{
	struct rings *rings = state;

	raw_ring_close(&rings->rings[0]);
	raw_ring_close(&rings->rings[1]);
	channel_files_close(&rings->files);
}

static int open_rings(struct rings *rings, uint32_t entries, uint8_t operation, char *ret_reason)
{
	int error = 0;

	channel_files_init(&rings->files);
	raw_ring_init(&rings->rings[0]);
	raw_ring_init(&rings->rings[1]);
	for (int side = 0; side < 2 && !error; side++)
		error = raw_ring_open(&rings->rings[side], entries, operation,
				      ret_reason, CHANNEL_REASON_BYTES);
	if (error)
		close_rings(rings);
	return error;
}

/* There are twice as many completions as entries: all messages, an answer and our own. */
static int msg_ring_open(void *state, const struct channel_config *config, char *ret_reason)
{
	if (config->depth >= RING_ENTRIES_MAX) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "let fewer than %d messages be under way: a ring has no more entries",
			 RING_ENTRIES_MAX);
		return -EINVAL;
	}
	return open_rings(state, config->depth + 1, MESSAGE_RING_OPERATION, ret_reason);
}

static inline const struct raw_ring *ring_of(const struct channel_end *end, int side)
{
	const struct rings *rings = end->state;

	return &rings->rings[side];
}

/* Messages may come while our own request is awaited: slot_in counts those. */
static inline int take_completion(struct channel_end *end, uint64_t *ret_kind)
{
	struct io_uring_cqe completion;
	int error = raw_ring_wait(ring_of(end, end->side), &completion);

	if (error)
		return error;
	if (completion.res < 0)
		return completion.res;
	*ret_kind = completion.user_data;
	if (*ret_kind == OWN_REQUEST)
		return completion.res ? -EBADMSG : 0;
	if (*ret_kind != MESSAGE || completion.res != 1)
		return -EBADMSG;
	end->slot_in++;
	return 0;
}

/* What comes is off as user_data and len as res (io_uring_enter(2)). */
static inline int msg_ring_send(struct channel_end *end, size_t bytes)
{
	const struct raw_ring *ring = ring_of(end, end->side);
	struct io_uring_sqe *submission = raw_ring_prepare(ring);
	uint64_t kind = 0;
	int error = 0;

	(void)bytes;
	submission->opcode = MESSAGE_RING_OPERATION;
	submission->fd = ring_of(end, 1 - end->side)->fd;
	submission->off = MESSAGE;
	submission->len = 1;
	submission->user_data = OWN_REQUEST;
	raw_ring_prepared(ring);
	while (kind != OWN_REQUEST && !error)
		error = take_completion(end, &kind);
	return error;
}

static inline int msg_ring_receive(struct channel_end *end, size_t bytes)
{
	uint64_t kind;
	int error;

	(void)bytes;
	while (!end->slot_in) {
		error = take_completion(end, &kind);
		if (error)
			return error;
	}
	end->slot_in--;
	return 0;
}

CHANNEL_LOOPS(msg_ring);

static int uring_socket_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct rings *rings = state;
	int pair[2], error = open_rings(rings, 1, IORING_OP_RECV, ret_reason);

	(void)config;
	if (error)
		return error;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		error = -errno;
		close_rings(rings);
		return error;
	}
	for (int side = 0; side < 2; side++)
		rings->files.in[side] = rings->files.out[side] = pair[side];
	return 0;
}

/* One request at a time: the completion that comes is its own.  Bytes, or -errno. */
static inline int request(struct channel_end *end, uint8_t operation, int fd,
			  const unsigned char *bytes, size_t count)
{
	const struct raw_ring *ring = ring_of(end, end->side);
	struct io_uring_sqe *submission = raw_ring_prepare(ring);
	struct io_uring_cqe completion;
	int error;

	submission->opcode = operation;
	submission->fd = fd;
	submission->addr = (uintptr_t)bytes;
	submission->len = (uint32_t)(count < INT32_MAX ? count : INT32_MAX);
	submission->msg_flags = MSG_WAITALL | MSG_NOSIGNAL;
	submission->user_data = OWN_REQUEST;
	raw_ring_prepared(ring);
	error = raw_ring_wait(ring, &completion);
	if (error)
		return error;
	return completion.user_data == OWN_REQUEST ? completion.res : -EBADMSG;
}

/* MSG_WAITALL may still be short: at a signal, and for SEND before Linux 5.19. */
static inline int request_all(struct channel_end *end, uint8_t operation, int fd,
			      const unsigned char *bytes, size_t count)
{
	while (count) {
		int done = request(end, operation, fd, bytes, count);

		if (done == -EINTR)
			continue;
		if (done == 0 || done == -ECONNRESET)
			return -EPIPE;
		if (done < 0)
			return done;
		bytes += done;
		count -= (size_t)done;
	}
	return 0;
}

static inline int uring_socket_send(struct channel_end *end, size_t bytes)
{
	return request_all(end, IORING_OP_SEND, end->fd_out, end->out, bytes);
}

static inline int uring_socket_receive(struct channel_end *end, size_t bytes)
{
	return request_all(end, IORING_OP_RECV, end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(uring_socket);

#define RINGS(identifier, option, more_traits, text, open_hook, hooks) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | (more_traits) }, \
		.state_bytes = sizeof(struct rings), \
		.open = open_hook, \
		.enter = channel_files_enter, \
		.leave = channel_files_leave, \
		.close = close_rings, \
		CHANNEL_HOOKS(hooks), \
	}

RINGS(uring_msg_ring, "uring-msg-ring", CHANNEL_TOKEN,
      "io_uring, IORING_OP_MSG_RING into the other side's ring", msg_ring_open, msg_ring);
RINGS(uring_socket, "uring-socket", 0,
      "unix stream sockets by io_uring, IORING_OP_SEND and RECV", uring_socket_open, uring_socket);
