/* SPDX-License-Identifier: MIT */
/*
 * channel/remote/server - listens, and serves a session to each who connects.
 *
 * At most REMOTE_SESSIONS_MOST at once, further ones are told so; each is a
 * forked process that dies with us and costs what channel/remote/session.h says.  What
 * is said on the way - that it listens, who was refused, and why - goes to
 * tell(), which the sessions call too, each in its own process.
 *
 * Returns 0 once *signal is set, with no session left; -errno: it cannot listen.
 * The caller has no other children, and SIGPIPE ignored.
 */
#ifndef HANDOFF_REMOTE_SERVER_H
#define HANDOFF_REMOTE_SERVER_H

#include <signal.h>

#include "kernel/inet-address.h"
#include "kernel/sched-policy.h"

#define REMOTE_SESSIONS_MOST 16

struct remote_server {
	union remote_address address;
	int cpu;                               /* of the sessions; -1: anywhere */
	const struct sched_policy *sched;      /* NULL: as we are */
	const volatile sig_atomic_t *signal;
	void (*tell)(void *context, const char *line);
	void *context;
};

int remote_server_run(const struct remote_server *server);

#endif
