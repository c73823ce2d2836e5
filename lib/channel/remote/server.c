/* SPDX-License-Identifier: MIT */
#include "channel/remote/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/remote/session.h"
#include "channel/remote/socket.h"
#include "kernel/affinity.h"
#include "kernel/process-tie.h"

#define BACKLOG 64
/* A signal between the look at it and poll(2) is seen after so long. */
#define LOOK_MS 200

struct sessions {
	pid_t pids[REMOTE_SESSIONS_MOST];
	size_t count;
};

static void tell_refused(const struct remote_server *server, const union remote_address *from,
			 const char *reason)
{
	char line[REMOTE_ADDRESS_BYTES + REMOTE_REASON_BYTES + 16], address[REMOTE_ADDRESS_BYTES];

	remote_address_format(from, address);
	snprintf(line, sizeof(line), "refused %s: %s", address, reason);
	server->tell(server->context, line);
}

static void tell_ready(const struct remote_server *server, int listener)
{
	char line[REMOTE_ADDRESS_BYTES + 16], text[REMOTE_ADDRESS_BYTES];
	union remote_address address;
	socklen_t length = sizeof(address);

	if (getsockname(listener, &address.any, &length))
		return;
	remote_address_format(&address, text);
	snprintf(line, sizeof(line), "listening on %s", text);
	server->tell(server->context, line);
}

static int take_seat(const struct remote_server *server, char *ret_reason)
{
	int error = server->cpu >= 0 ? affinity_set(server->cpu, server->cpu) : 0;

	if (!error && server->sched)
		error = sched_policy_apply(server->sched);
	if (error)
		snprintf(ret_reason, REMOTE_REASON_BYTES, "the CPU or policy of its sessions is "
			 "refused here: %s", strerror(-error));
	return error;
}

/* A life of its own, but no longer than ours. */
__attribute__((noreturn))
static void run_session(const struct remote_server *server, int control,
			const union remote_address *from, pid_t parent)
{
	char reason[REMOTE_REASON_BYTES] = "";
	int error;

	if (process_tie(parent))
		_exit(EXIT_FAILURE);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	error = take_seat(server, reason);
	if (error)
		remote_session_refuse(control, error, reason);
	else
		error = remote_session_run(control, reason);
	if (error)
		tell_refused(server, from, reason);
	_exit(error ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void collect(struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->count;) {
		pid_t pid = waitpid(sessions->pids[i], NULL, WNOHANG);

		if (pid == 0 || (pid == -1 && errno == EINTR))
			i++;
		else
			sessions->pids[i] = sessions->pids[--sessions->count];
	}
}

static void begin_session(const struct remote_server *server, struct sessions *sessions,
			  int listener, int control, const union remote_address *from)
{
	pid_t parent = getpid(), pid = -1;
	char reason[] = "it has as many sessions as it takes: try again later";

	collect(sessions);
	if (sessions->count < REMOTE_SESSIONS_MOST)
		pid = fork();
	if (pid == 0) {
		close(listener);
		run_session(server, control, from, parent);
	}
	if (pid == -1) {
		remote_session_refuse(control, -EBUSY, reason);
		tell_refused(server, from, reason);
	} else {
		sessions->pids[sessions->count++] = pid;
	}
}

/* What goes wrong with one who connects is no end of ours; of descriptors we have few. */
static void accept_one(const struct remote_server *server, struct sessions *sessions, int listener)
{
	union remote_address from;
	socklen_t length = sizeof(from);
	int control = accept4(listener, &from.any, &length, SOCK_CLOEXEC);

	if (control == -1) {
		if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
			poll(NULL, 0, LOOK_MS);
		return;
	}
	begin_session(server, sessions, listener, control, &from);
	close(control);
}

static void end_sessions(const struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->count; i++)
		kill(sessions->pids[i], SIGKILL);
	for (size_t i = 0; i < sessions->count; i++)
		while (waitpid(sessions->pids[i], NULL, 0) == -1 && errno == EINTR)
			;
}

int remote_server_run(const struct remote_server *server)
{
	struct sessions sessions = { .count = 0 };
	int listener = remote_socket_bind(&server->address, SOCK_STREAM | SOCK_NONBLOCK, BACKLOG);
	struct pollfd wait = { .fd = listener, .events = POLLIN };

	if (listener < 0)
		return listener;
	tell_ready(server, listener);
	while (!*server->signal) {
		if (poll(&wait, 1, LOOK_MS) > 0)
			accept_one(server, &sessions, listener);
		collect(&sessions);
	}
	end_sessions(&sessions);
	close(listener);
	return 0;
}
