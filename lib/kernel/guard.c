/* SPDX-License-Identifier: MIT */
#include "kernel/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* One byte; false at the end of the file. */
static bool hear(int socket)
{
	ssize_t got;
	char byte;

	do
		got = recv(socket, &byte, sizeof(byte), 0);
	while (got == -1 && errno == EINTR);
	return got == 1;
}

static int say(int socket, const void *words, size_t size)
{
	ssize_t sent;

	do
		sent = send(socket, words, size, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	return sent == -1 ? -errno : 0;
}

/* Nothing is made until both know of each other: who is given up then has made nothing. */
static void guard_run(int socket, const void *argument)
{
	const struct guard_work *work = argument;
	int error;

	if (!hear(socket))
		return;
	error = work->make(work->object);
	/* Unheard, it finds the socket at its end just below. */
	say(socket, &error, sizeof(error));
	if (error)
		return;
	hear(socket);
	_exit(work->remove(work->object) ? 1 : 0);
}

int guard_begin(struct helper *ret, const struct guard_work *work, const char **ret_reason)
{
	const struct helper_task task = {
		.socket_type = SOCK_SEQPACKET,
		.may_outlive = true,
		.run = guard_run,
		.argument = work,
	};
	static const char lost[] = "the process that was to remove what we make has ended, or hangs";
	int refused, error = helper_begin(ret, &task, ret_reason);

	if (error)
		return error;
	error = say(ret->socket, "", 1);
	if (error) {
		*ret_reason = lost;
		helper_end(ret);
		return error;
	}
	error = helper_hear(ret, &refused, sizeof(refused));
	if (error) {
		*ret_reason = lost;
		/* Killed before it spoke it may have made it. */
		kill(ret->pid, SIGKILL);
		guard_end(ret, work);
	} else if (refused) {
		/* It made nothing, and what bears the name is somebody else's. */
		close(ret->socket);
		helper_wait(ret);
		error = refused;
	}
	return error;
}

/* The byte, not the end of file, ends it: other children may hold the socket yet. */
void guard_end(const struct helper *guard, const struct guard_work *work)
{
	say(guard->socket, "", 1);
	close(guard->socket);
	if (helper_wait(guard))
		work->remove(work->object);
}
