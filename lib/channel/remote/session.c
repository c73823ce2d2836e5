/* SPDX-License-Identifier: MIT */
#include "channel/remote/session.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "channel/datagram.h"
#include "channel/mechanism/list.h"
#include "channel/pair/pair.h"
#include "channel/remote/socket.h"
#include "kernel/pages.h"
#include "kernel/task-usage.h"

#define IDLE_MS 10000
#define LIFE_MOST_S 120
/* Of one that connects to the data port and does not say the token. */
#define PRETENDER_MS 500
#define TOKEN_BYTES sizeof(uint64_t)

_Static_assert(REMOTE_REASON_BYTES >= CHANNEL_REASON_BYTES, "a channel's reason fits");

struct session {
	int control, data;
	struct remote_message hello;
	struct channel_config config;
	const struct channel *channel;
	struct channel_end *end;
	uint64_t token;
	uint32_t stop;
	pid_t tid;
	pthread_mutex_t speech;        /* two threads answer: one frame at a time */
};

static int refuse(char *ret_reason, int error, const char *reason)
{
	if (!*ret_reason)
		snprintf(ret_reason, REMOTE_REASON_BYTES, "%s", reason);
	return error;
}

void remote_session_refuse(int control, int error, const char *reason)
{
	struct remote_message message;
	unsigned char frame[REMOTE_FRAME_BYTES];

	remote_message_init(&message, REMOTE_REFUSED);
	message.error = -error;
	snprintf(message.reason, sizeof(message.reason), "%s", reason);
	remote_pack(&message, frame);
	(void)!send(control, frame, sizeof(frame), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int hear_hello(struct session *session, char *ret_reason)
{
	int error = remote_receive(session->control, REMOTE_PATIENCE_MS, &session->hello);

	if (error == -EPROTONOSUPPORT)
		remote_version_reason(&session->hello, ret_reason, REMOTE_REASON_BYTES);
	else if (error == -EAGAIN)
		return refuse(ret_reason, error, "it has said nothing whole for 3 s");
	else if (error == -EPIPE)
		return refuse(ret_reason, error, "it has gone without a word");
	else if (error || session->hello.kind != REMOTE_HELLO)
		return refuse(ret_reason, -EBADMSG, "what it says is none of our protocol, or out "
			      "of its bounds");
	return error;
}

static int choose_channel(struct session *session, char *ret_reason)
{
	bool is_udp = session->hello.mechanism == REMOTE_UDP;

	session->channel = is_udp ? &channel_udp : &channel_tcp;
	session->config.message_bytes = session->hello.message_bytes;
	session->config.depth = (uint32_t)session->hello.depth;
	session->config.is_process = true;
	return is_udp ? channel_datagram_check(&session->config, ret_reason) : 0;
}

static int take_end(struct session *session)
{
	session->end = pages_take(sizeof(*session->end));
	if (!session->end)
		return -ENOMEM;
	return channel_end_init(session->end, &session->config, NULL, 1, &session->stop);
}

/* At the address that they have reached us by, any port. */
static int bind_data(struct session *session, int type, uint16_t *ret_port)
{
	union remote_address here;
	socklen_t length = sizeof(here);
	int fd;

	if (getsockname(session->control, &here.any, &length))
		return -errno;
	remote_address_set_port(&here, 0);
	fd = remote_socket_bind(&here, type, 1);
	length = sizeof(here);
	if (fd < 0 || getsockname(fd, &here.any, &length))
		return fd < 0 ? fd : -errno;
	*ret_port = remote_address_port(&here);
	return fd;
}

static int speak(struct session *session, const struct remote_message *message)
{
	int error;

	pthread_mutex_lock(&session->speech);
	error = remote_send(session->control, message);
	pthread_mutex_unlock(&session->speech);
	return error;
}

/* JSON and terminals get it: what is not ASCII has no place. */
static void copy_text(char to[REMOTE_TEXT_BYTES], const char *text)
{
	snprintf(to, REMOTE_TEXT_BYTES, "%.*s", REMOTE_TEXT_BYTES - 1, text);
	for (; *to; to++)
		if (*to < ' ' || *to > '~')
			*to = '?';
}

static int welcome(struct session *session, uint16_t port)
{
	struct remote_message message;
	struct utsname names;

	if (uname(&names))
		return -errno;
	remote_message_init(&message, REMOTE_WELCOME);
	message.token = session->token;
	message.port = port;
	copy_text(message.kernel, names.release);
	copy_text(message.hostname, names.nodename);
	return speak(session, &message);
}

/* Once it is over, input that is there makes no difference: a flood would never end. */
static int wait_for_input(int fd, uint64_t deadline)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int left = remote_patience_left(deadline);
	int ready = left ? poll(&wait, 1, left) : 0;

	return ready > 0 ? 0 : ready == 0 ? -EAGAIN : -errno;
}

static bool is_token(const struct session *session, const unsigned char *bytes)
{
	return !memcmp(bytes, &session->token, TOKEN_BYTES);
}

/* Whoever else connects to that port is sent away. */
static int accept_stream(const struct session *session, int listener)
{
	uint64_t deadline = remote_patience_end(REMOTE_PATIENCE_MS);

	for (;;) {
		unsigned char token[TOKEN_BYTES];
		int fd, error = wait_for_input(listener, deadline);

		if (error)
			return error;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd == -1)
			return -errno;
		error = remote_receive_bytes(fd, PRETENDER_MS, token, sizeof(token));
		if (!error && is_token(session, token))
			return fd;
		close(fd);
	}
}

/* What others have sent meanwhile must not be taken for messages. */
static void discard_waiting(int fd)
{
	unsigned char byte;

	while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
}

static int accept_datagram(const struct session *session, int fd)
{
	uint64_t deadline = remote_patience_end(REMOTE_PATIENCE_MS);

	for (;;) {
		unsigned char token[TOKEN_BYTES + 1];
		union remote_address from;
		socklen_t length = sizeof(from);
		int error = wait_for_input(fd, deadline);

		if (error)
			return error;
		if (recvfrom(fd, token, sizeof(token), MSG_DONTWAIT, &from.any, &length) !=
		    (ssize_t)TOKEN_BYTES || !is_token(session, token))
			continue;
		if (connect(fd, &from.any, length))
			return -errno;
		discard_waiting(fd);
		return fd;
	}
}

static int open_data(struct session *session, char *ret_reason)
{
	bool is_udp = session->hello.mechanism == REMOTE_UDP;
	uint16_t port = 0;
	int error = 0, fd = bind_data(session, is_udp ? SOCK_DGRAM : SOCK_STREAM, &port);

	if (fd < 0)
		return fd;
	if (is_udp)
		error = channel_datagram_room(fd, &session->config, ret_reason);
	if (!error)
		error = welcome(session, port);
	if (error)
		return error;
	session->data = is_udp ? accept_datagram(session, fd) : accept_stream(session, fd);
	if (!is_udp)
		close(fd);
	if (session->data < 0)
		return session->data;
	session->end->fd_in = session->end->fd_out = session->data;
	return remote_socket_limit(session->data, IDLE_MS);
}

static int answer_usage(struct session *session)
{
	struct remote_message message;
	struct task_usage usage;

	task_usage_other(session->tid, false, &usage);
	remote_message_init(&message, REMOTE_USAGE);
	message.cpu_ns = (int64_t)usage.cpu_ns;
	message.switches = usage.nvcsw < 0 || usage.nivcsw < 0
		? -1 : (int64_t)(usage.nvcsw + usage.nivcsw);
	return speak(session, &message);
}

/* The flag first: once they know of it they send the last message. */
static int answer_stop(struct session *session)
{
	struct remote_message message;

	__atomic_store_n(&session->stop, 1, __ATOMIC_RELEASE);
	remote_message_init(&message, REMOTE_STOP);
	return speak(session, &message);
}

/* The control connection; with it the session ends, whatever the loop waits for. */
static void *attend(void *argument)
{
	struct session *session = argument;
	struct pollfd wait = { .fd = session->control, .events = POLLIN };
	struct remote_message message;
	int error = 0;

	while (!error) {
		if (poll(&wait, 1, -1) == -1)
			continue;
		error = remote_receive(session->control, REMOTE_PATIENCE_MS, &message);
		if (!error && message.kind == REMOTE_USAGE)
			error = answer_usage(session);
		else if (!error && message.kind == REMOTE_STOP)
			error = answer_stop(session);
		else if (!error)
			error = -EBADMSG;
	}
	_exit(EXIT_FAILURE);
}

static int begin_attending(struct session *session)
{
	struct remote_message ready;
	pthread_t thread;
	int error;

	session->tid = (pid_t)syscall(SYS_gettid);
	error = -pthread_create(&thread, NULL, attend, session);
	if (error)
		return error;
	remote_message_init(&ready, REMOTE_READY);
	return speak(session, &ready);
}

static void finish(struct session *session, int error)
{
	const struct channel_end *end = session->end;
	struct remote_message message;

	remote_message_init(&message, REMOTE_FINAL);
	message.error = -error;
	message.sent = end->sent;
	message.received = end->received;
	message.sum_sent = end->sum_sent;
	message.sum_received = end->sum_received;
	speak(session, &message);
}

static int serve(struct session *session, char *ret_reason)
{
	int error = choose_channel(session, ret_reason);

	if (!error)
		error = take_end(session);
	if (!error && getrandom(&session->token, TOKEN_BYTES, 0) != (ssize_t)TOKEN_BYTES)
		error = -errno;
	if (!error)
		error = open_data(session, ret_reason);
	if (!error)
		error = begin_attending(session);
	if (error)
		return refuse(ret_reason, error, error == -EAGAIN
			      ? "its data connection has not come within 3 s" : strerror(-error));
	error = session->hello.duty == REMOTE_PONG ? session->channel->pong(session->end)
						   : session->channel->drain(session->end);
	finish(session, error);
	return 0;
}

int remote_session_run(int control, char *ret_reason)
{
	/* Not on our stack: the thread that attends looks at it until the process has ended. */
	struct session *session = pages_take(sizeof(*session));
	int error = session ? remote_socket_limit(control, REMOTE_PATIENCE_MS) : -ENOMEM;

	*ret_reason = 0;
	alarm(LIFE_MOST_S);
	if (error)
		return refuse(ret_reason, error, strerror(-error));
	*session = (struct session){ .control = control, .data = -1,
				     .speech = PTHREAD_MUTEX_INITIALIZER };
	error = hear_hello(session, ret_reason);
	if (!error && session->hello.duty == REMOTE_GREET)
		return welcome(session, 0);
	if (!error)
		error = serve(session, ret_reason);
	if (error)
		remote_session_refuse(control, error, ret_reason);
	return error;
}
