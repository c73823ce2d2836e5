/* SPDX-License-Identifier: MIT */
/* unix-*: one pair of sockets, by socketpair(2) or by bind(2), listen(2), connect(2), accept(2). */
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/un.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/sockets.h"

/* What the kernel keeps of a send buffer that one packet may fill (unix_dgram_sendmsg()). */
#define PACKET_OVERHEAD 32

/* Packets up to this are laid in small pieces; of longer ones a part is in one piece. */
#define PIECEMEAL_BYTES (64 << 10)

/* Bytes, or -errno. */
static int send_room(int fd)
{
	int room;
	socklen_t length = sizeof(room);

	return getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length) ? -errno : room;
}

/* What is sent counts at the sender until it is received.  Returns the room there is then. */
static int make_room(int fd, size_t bytes)
{
	size_t half = bytes / 2 + 1;   /* the kernel doubles it (socket(7)) */
	int wanted = half < INT_MAX / 2 ? (int)half : INT_MAX / 2;
	int room = send_room(fd);

	if (room < 0 || (size_t)room >= bytes)
		return room;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted)))
		return -errno;
	return send_room(fd);
}

static int make_pair(struct channel_files *files, int type)
{
	int pair[2];

	channel_files_init(files);
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair))
		return -errno;
	for (int side = 0; side < 2; side++)
		files->in[side] = files->out[side] = pair[side];
	return 0;
}

/*
 * A message should fit, so that one task can hold both ends: twice its size, for
 * each piece of it is charged with its overhead.  Where net.core.wmem_max forbids
 * it, send() waits for the receiver.
 */
static int make_stream_room(const struct channel_files *files, size_t bytes)
{
	int room = 0;

	for (int side = 0; side < 2 && room >= 0; side++)
		room = make_room(files->out[side], 2 * bytes);
	return room < 0 ? room : 0;
}

static int close_on_error(void *state, int error)
{
	if (error)
		channel_files_close(state);
	return error;
}

static int stream_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int error = make_pair(state, SOCK_STREAM);

	(void)ret_reason;
	if (!error)
		error = make_stream_room(state, config->message_bytes);
	return close_on_error(state, error);
}

static inline int stream_send(struct channel_end *end, size_t bytes)
{
	return channel_send_stream(end->fd_out, end->out, bytes);
}

static inline int stream_receive(struct channel_end *end, size_t bytes)
{
	return channel_receive_stream(end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(stream);

static int make_packet_room(int fd, size_t bytes, char *ret_reason)
{
	int room = make_room(fd, bytes + PACKET_OVERHEAD);

	if (room < 0)
		return room;
	if ((size_t)room >= bytes + PACKET_OVERHEAD)
		return 0;
	snprintf(ret_reason, CHANNEL_REASON_BYTES,
		 "a message holds %d bytes at most here: raise sysctl net.core.wmem_max",
		 room - PACKET_OVERHEAD);
	return -EMSGSIZE;
}

/* One there and thrown away: only sending tells whether the kernel has memory for it. */
static int try_packet(const struct channel_files *files, size_t bytes)
{
	void *zeros = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char first;
	int error = 0;

	if (zeros == MAP_FAILED)
		return -errno;
	if (send(files->out[0], zeros, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
		error = -errno;
	else if (recv(files->in[1], &first, 1, MSG_TRUNC | MSG_DONTWAIT) != (ssize_t)bytes)
		error = -EBADMSG;
	munmap(zeros, bytes);
	return error;
}

static int make_packets(struct channel_files *files, int type, size_t bytes, char *ret_reason)
{
	int error = make_pair(files, type);

	for (int side = 0; side < 2 && !error; side++)
		error = make_packet_room(files->out[side], bytes, ret_reason);
	if (!error && bytes > PIECEMEAL_BYTES)
		error = try_packet(files, bytes);
	if (error == -ENOBUFS)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "the kernel has no contiguous memory for a message of %zu bytes: "
			 "use a smaller one (some 4 MiB are the most)", bytes);
	return close_on_error(files, error);
}

static int dgram_open(void *state, const struct channel_config *config, char *ret_reason)
{
	return make_packets(state, SOCK_DGRAM, config->message_bytes, ret_reason);
}

static int seqpacket_open(void *state, const struct channel_config *config, char *ret_reason)
{
	return make_packets(state, SOCK_SEQPACKET, config->message_bytes, ret_reason);
}

static inline int packet_send(struct channel_end *end, size_t bytes)
{
	return channel_send_packet(end->fd_out, end->out, bytes);
}

static inline int packet_receive(struct channel_end *end, size_t bytes)
{
	return channel_receive_packet(end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(packet);

/* connect(2) here does not wait for accept(2): one task can do both. */
static int connect_and_accept(struct channel_files *files, int listener,
			      const struct sockaddr_un *address, socklen_t length)
{
	int client, server;

	if (listen(listener, 1))
		return -errno;
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	files->in[0] = files->out[0] = client;
	if (client == -1 || connect(client, (const struct sockaddr *)address, length))
		return -errno;
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	files->in[1] = files->out[1] = server;
	return server == -1 ? -errno : 0;
}

/* bind(2) makes the file, or fails where there is one. */
static int serve_path(struct channel_files *files, int listener, const char *directory)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t room = sizeof(address.sun_path);
	int error;

	if ((size_t)snprintf(address.sun_path, room, "%s/0", directory) >= room)
		return -ENAMETOOLONG;
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	error = connect_and_accept(files, listener, &address, sizeof(address));
	if (unlink(address.sun_path) && !error)
		error = -errno;
	return error;
}

/* Bound to no name at all, it is given an abstract one that nobody has (unix(7)). */
static int serve_abstract(struct channel_files *files, int listener, const char *directory)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);

	(void)directory;
	if (bind(listener, (struct sockaddr *)&address, sizeof(address.sun_family)) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		return -errno;
	return connect_and_accept(files, listener, &address, length);
}

static int open_server(void *state, const struct channel_config *config,
		       int (*serve)(struct channel_files *, int, const char *))
{
	int error, listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener == -1)
		return -errno;
	channel_files_init(state);
	error = serve(state, listener, config->directory);
	close(listener);
	if (!error)
		error = make_stream_room(state, config->message_bytes);
	return close_on_error(state, error);
}

static int named_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int error = open_server(state, config, serve_path);

	if (error == -ENAMETOOLONG)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "the path of a socket holds %zu bytes at most: use a shorter directory "
			 "for temporary files", sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	return error;
}

static int abstract_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)ret_reason;
	return open_server(state, config, serve_abstract);
}

#define UNIX_SOCKETS(identifier, option, more_traits, text, open_hook, hooks) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_POLLED | \
			   (more_traits) }, \
		.state_bytes = sizeof(struct channel_files), \
		.open = open_hook, \
		.enter = channel_files_enter, \
		.leave = channel_files_leave, \
		.close = channel_files_close, \
		CHANNEL_HOOKS(hooks), \
	}

UNIX_SOCKETS(unix_stream, "unix-stream", 0, "socketpair(2) of AF_UNIX: a stream",
	     stream_open, stream);
UNIX_SOCKETS(unix_dgram, "unix-dgram", CHANNEL_MANY_SENDERS, "socketpair(2) of AF_UNIX: datagrams",
	     dgram_open, packet);
UNIX_SOCKETS(unix_seqpacket, "unix-seqpacket", CHANNEL_MANY_SENDERS,
	     "socketpair(2) of AF_UNIX: messages that keep their bounds, with an end",
	     seqpacket_open, packet);
UNIX_SOCKETS(unix_named, "unix-named", CHANNEL_NAMED,
	     "a stream accepted from a path, unlinked once open", named_open, stream);
UNIX_SOCKETS(unix_abstract, "unix-abstract", 0,
	     "a stream accepted from a name in the abstract namespace", abstract_open, stream);
