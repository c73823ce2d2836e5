/* SPDX-License-Identifier: MIT */
/*
 * kernel/helper-process - a process forked beforehand, at the other end of a socket.
 *
 * It keeps no descriptor but its end of the socket pair (whoever reads ours
 * would otherwise wait for it, too), and says so before helper_begin() returns:
 * what it cannot do is an error there.  One owner.
 */
#ifndef HANDOFF_HELPER_PROCESS_H
#define HANDOFF_HELPER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The name (comm) of one that may outlive us: who reaps leaves it to its work. */
#define GUARD_NAME "handoff-guard"

struct helper {
	pid_t pid;
	int socket;                /* our end; its end of file is the helper's end */
};

struct helper_task {
	int socket_type;           /* SOCK_STREAM or SOCK_SEQPACKET */
	bool may_outlive;          /* not killed when the thread that began it ends, nor by
				      Ctrl-C; it goes by GUARD_NAME */
	/* Runs in the helper, which ends when it returns. */
	void (*run)(int socket, const void *argument);
	const void *argument;
};

/* A first word is waited for so long: who is alive needs microseconds. */
#define HELPER_PATIENCE_MS 3000

/*
 * 0, or -errno with no process and no descriptor left, and a reason where it helps;
 * -ETIMEDOUT when it has said nothing for HELPER_PATIENCE_MS.
 */
int helper_begin(struct helper *helper, const struct helper_task *task, const char **ret_reason);

/* Waits for its end, which must be near; its status as waitpid() has it, or -1. */
int helper_wait(const struct helper *helper);

/* Ends it now, whatever it does: it must own nothing that it would leave behind. */
void helper_end(const struct helper *helper);

/* One message of this size: 0, -ECHILD when the helper has ended, or -errno. */
int helper_listen(const struct helper *helper, void *ret_message, size_t size);

/* The same, but -ETIMEDOUT when none has come within HELPER_PATIENCE_MS. */
int helper_hear(const struct helper *helper, void *ret_message, size_t size);

#endif
