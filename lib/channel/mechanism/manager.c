/* SPDX-License-Identifier: MIT */
/* manager: requests to an object's owner over AF_UNIX; a writev(2) and two read(2) a message. */
#include <limits.h>
#include <stdio.h>
#include <sys/uio.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/sockets.h"

/*
 * What a managed shared object costs: side 1 is a server that owns an object of
 * message_bytes.  A request of side 0 sets its value; the answer is the value as
 * the server then holds it, for between the two it changes it.  Each is a header
 * and the value: sent together by writev(2), received by a read(2) of the header,
 * which says how much follows, and one of that - as such servers do, for only the
 * header has a length that is known beforehand.
 */
enum operation { OPERATION_SET = 1, OPERATION_GET = 2 };

struct header {
	uint32_t operation;
	uint32_t bytes;
};

/*
 * A message should fit, so that one task can hold both ends: twice its size, for
 * each piece of it is charged with its overhead; the kernel doubles what is asked
 * for (socket(7)).  Where net.core.wmem_max forbids it, send() waits for the
 * receiver.
 */
static int make_room(int fd, size_t bytes)
{
	int room, wanted = bytes < INT_MAX / 2 ? (int)bytes : INT_MAX / 2;
	socklen_t length = sizeof(room);

	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length))
		return -errno;
	if ((size_t)room >= 2 * bytes)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted)) ? -errno : 0;
}

static int manager_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct channel_files *files = state;
	size_t bytes = config->message_bytes + sizeof(struct header);
	int pair[2], error = 0;

	if (config->message_bytes > UINT32_MAX) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "the header has room for lengths up to %u bytes", UINT32_MAX);
		return -EMSGSIZE;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	for (int side = 0; side < 2; side++) {
		files->in[side] = files->out[side] = pair[side];
		if (!error)
			error = make_room(pair[side], bytes);
	}
	if (error)
		channel_files_close(files);
	return error;
}

/* The server has no copy beside the object: requests are read into it, answers sent from it. */
static int manager_enter(struct channel_end *end)
{
	if (end->side == 1)
		end->in = end->out;
	return channel_files_enter(end);
}

/* Goes on where writev(2) had room for a part only. */
static int write_rest(const struct channel_end *end, const struct header *header, size_t written)
{
	size_t value_written = written > sizeof(*header) ? written - sizeof(*header) : 0;
	int error = 0;

	if (written < sizeof(*header))
		error = channel_write_stream(end->fd_out, (const unsigned char *)header + written,
					     sizeof(*header) - written);
	if (!error)
		error = channel_write_stream(end->fd_out, end->out + value_written,
					     header->bytes - value_written);
	return error;
}

static inline int manager_send(struct channel_end *end, size_t bytes)
{
	struct header header = { end->side ? OPERATION_GET : OPERATION_SET, (uint32_t)bytes };
	const struct iovec parts[] = { { &header, sizeof(header) }, { end->out, bytes } };
	ssize_t written;

	while ((written = writev(end->fd_out, parts, 2)) == -1) {
		int error = channel_write_again(end->fd_out);

		if (error)
			return channel_socket_error(error);
	}
	if ((size_t)written == sizeof(header) + bytes)
		return 0;
	return channel_socket_error(write_rest(end, &header, (size_t)written));
}

static inline int manager_receive(struct channel_end *end, size_t bytes)
{
	uint32_t expected = end->side ? OPERATION_SET : OPERATION_GET;
	struct header header;
	int error = channel_read_stream(end->fd_in, (unsigned char *)&header, sizeof(header));

	if (error)
		return channel_socket_error(error);
	if (header.operation != expected || header.bytes != bytes)
		return -EBADMSG;
	return channel_socket_error(channel_read_rest(end->fd_in, end->in, bytes));
}

CHANNEL_LOOPS(manager);

const struct channel channel_manager = {
	.about = { "manager", "set and get of an object that a server owns, over AF_UNIX",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_POLLED },
	.state_bytes = sizeof(struct channel_files),
	.open = manager_open,
	.enter = manager_enter,
	.leave = channel_files_leave,
	.close = channel_files_close,
	CHANNEL_HOOKS(manager),
};
