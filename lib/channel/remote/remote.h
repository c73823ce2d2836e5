/* SPDX-License-Identifier: MIT */
/*
 * channel/remote/remote - measures a round of tcp, tcp6 or udp with the other side on another host.
 *
 * The same loops, proofs and figures as within a machine, over a socket to the
 * listening side at job->connect (channel/remote/protocol.h).  What that side has counted
 * comes by the control connection, behind the last message; what the kernel has
 * counted of it, at the edges of the window.  Its clock is not looked at.
 *
 * A host that has vanished is told within seconds, with ROUND_HOST_LOST.
 */
#ifndef HANDOFF_CHANNEL_REMOTE_H
#define HANDOFF_CHANNEL_REMOTE_H

#include "channel/pair/context.h"

void channel_remote_measure(struct channel_context *context, struct timing *timing);

#endif
