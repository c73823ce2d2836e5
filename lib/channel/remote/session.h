/* SPDX-License-Identifier: MIT */
/*
 * channel/remote/session - serves one session of the listening side, in a process of its own.
 *
 * Listens to a HELLO on the control connection, opens the data socket, and runs
 * the channel's pong or drain on it until the last message; meanwhile a thread
 * attends to the control connection, and ends the process when the other host
 * has gone.  Everything has a time: HELLO and token 3 s, a session without
 * messages 10 s, all of it two minutes.  Memory is two buffers of a message.
 *
 * Its memory and descriptors go with the process: the caller ends it.
 */
#ifndef HANDOFF_REMOTE_SESSION_H
#define HANDOFF_REMOTE_SESSION_H

#include "channel/remote/protocol.h"

/* 0; -errno with a sentence in ret_reason (REMOTE_REASON_BYTES): it was refused. */
int remote_session_run(int control, char *ret_reason);

/* The frame that says no; it is not waited for. */
void remote_session_refuse(int control, int error, const char *reason);

#endif
