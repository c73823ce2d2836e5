/* SPDX-License-Identifier: MIT */
/* vsock: a stream of AF_VSOCK to this machine itself (CID 1); read(2) and write(2). */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#include <linux/vm_sockets.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/sockets.h"

/* Where no transport loops back, connect(2) would hang. */
#define CONNECT_MS 1500

/* A message should fit, so that one task can hold both ends.  It is the receiver's room. */
static int make_room(int fd, size_t bytes)
{
	uint64_t room;
	socklen_t length = sizeof(room);

	if (getsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &room, &length))
		return -errno;
	if (room >= 2 * bytes)
		return 0;
	room = 2 * bytes;
	if (setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &room, sizeof(room)) ||
	    setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &room, sizeof(room)))
		return -errno;
	return 0;
}

/* Non-blocking, with room: an accepted socket takes over the listener's. */
static int make_socket(size_t bytes, int *ret_fd)
{
	int error;

	*ret_fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*ret_fd == -1)
		return -errno;
	error = make_room(*ret_fd, bytes);
	if (error) {
		close(*ret_fd);
		*ret_fd = -1;
	}
	return error;
}

/* Where nothing loops back, this machine has no address of that name: bind(2) knows it first. */
static int listen_local(int fd, struct sockaddr_vm *ret_address)
{
	socklen_t length = sizeof(*ret_address);

	*ret_address = (struct sockaddr_vm){ .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL,
					     .svm_port = VMADDR_PORT_ANY };
	if (bind(fd, (struct sockaddr *)ret_address, length) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)ret_address, &length))
		return -errno;
	return 0;
}

static int connect_in_time(int fd, const struct sockaddr_vm *address)
{
	struct pollfd connected = { .fd = fd, .events = POLLOUT };
	int error = 0, ready;
	socklen_t length = sizeof(error);

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	    errno != EINPROGRESS)
		return -errno;
	ready = poll(&connected, 1, CONNECT_MS);
	if (ready <= 0)
		return ready ? -errno : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) || fcntl(fd, F_SETFL, 0))
		return -errno;
	return -error;
}

static int connect_and_accept(struct channel_files *files, int listener, size_t bytes)
{
	struct sockaddr_vm address;
	int client, server, error = listen_local(listener, &address);

	if (error)
		return error;
	error = make_socket(bytes, &client);
	files->in[0] = files->out[0] = client;
	if (!error)
		error = connect_in_time(client, &address);
	if (error)
		return error;
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	files->in[1] = files->out[1] = server;
	return server == -1 ? -errno : 0;
}

static int vsock_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int listener, error = make_socket(config->message_bytes, &listener);

	channel_files_init(state);
	if (!error) {
		error = connect_and_accept(state, listener, config->message_bytes);
		close(listener);
	}
	if (!error)
		return 0;
	channel_files_close(state);
	if (error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL || error == -ENODEV ||
	    error == -ETIMEDOUT || error == -ENETUNREACH)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "no transport of AF_VSOCK loops back here: load the module vsock_loopback "
			 "(CONFIG_VSOCKETS_LOOPBACK)");
	return error;
}

static inline int vsock_send(struct channel_end *end, size_t bytes)
{
	return channel_send_stream(end->fd_out, end->out, bytes);
}

static inline int vsock_receive(struct channel_end *end, size_t bytes)
{
	return channel_receive_stream(end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(vsock);

const struct channel channel_vsock = {
	.about = { "vsock", "AF_VSOCK to CID 1, this machine itself",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_POLLED },
	.state_bytes = sizeof(struct channel_files),
	.open = vsock_open,
	.enter = channel_files_enter,
	.leave = channel_files_leave,
	.close = channel_files_close,
	CHANNEL_HOOKS(vsock),
};
