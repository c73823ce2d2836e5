/* SPDX-License-Identifier: MIT */
#include "channel/remote/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "channel/remote/socket.h"

bool remote_client_is_lost(int error)
{
	switch (error) {
	case -EAGAIN:
	case -ECONNREFUSED:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -EPIPE:
	case -EPROTONOSUPPORT:
	case -ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

int remote_client_connect(const union remote_address *address, char *ret_reason)
{
	char text[REMOTE_ADDRESS_BYTES];
	int fd = remote_socket_connect(address, SOCK_STREAM);

	if (fd >= 0)
		return fd;
	remote_address_format(address, text);
	if (fd == -ECONNREFUSED)
		snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES,
			 "nobody listens at %s: start this tool with --listen there", text);
	else if (fd == -EAGAIN || fd == -ETIMEDOUT)
		snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES,
			 "%s has not answered for %d s: is it up, and does a firewall let us pass?",
			 text, REMOTE_PATIENCE_MS / 1000);
	else
		snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES, "%s cannot be reached: %s", text,
			 strerror(-fd));
	return fd;
}

static int tell_failed(int error, const struct remote_message *theirs, char *ret_reason)
{
	if (error == -EPROTONOSUPPORT)
		remote_version_reason(theirs, ret_reason, REMOTE_CLIENT_REASON_BYTES);
	else if (error == -EAGAIN)
		snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES,
			 "the other host has not answered for %d s", REMOTE_PATIENCE_MS / 1000);
	else if (error == -EPIPE)
		snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES,
			 "the other host has ended the connection");
	else if (error == -EBADMSG)
		snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES,
			 "who listens there does not speak our protocol: is it this tool?");
	else
		snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES, "the control connection: %s",
			 strerror(-error));
	return error;
}

int remote_client_hello(int control, const struct remote_message *hello,
			struct remote_message *ret_welcome, char *ret_reason)
{
	/* A refusal may be there before we have spoken, and our words come too late: it is read. */
	int unsent = remote_send(control, hello);
	int error = remote_receive(control, REMOTE_PATIENCE_MS, ret_welcome);

	if (error)
		return tell_failed(unsent ? unsent : error, ret_welcome, ret_reason);
	if (ret_welcome->kind == REMOTE_WELCOME)
		return 0;
	if (ret_welcome->kind != REMOTE_REFUSED)
		return tell_failed(-EBADMSG, ret_welcome, ret_reason);
	snprintf(ret_reason, REMOTE_CLIENT_REASON_BYTES, "the other host: %s", ret_welcome->reason);
	return ret_welcome->error == EBUSY ? -EBUSY : -ECONNABORTED;
}
