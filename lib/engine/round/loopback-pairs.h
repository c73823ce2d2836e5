/* SPDX-License-Identifier: MIT */
/*
 * engine/round/loopback-pairs - connected pairs of TCP sockets of this machine.
 *
 * On 127.0.0.1 with TCP_NODELAY, close on exec, blocking.  The socket that listened
 * for them is closed before open() returns.  The first ends reset when they are
 * closed: no port stays behind in TIME_WAIT, whoever is killed.
 *
 * The soft RLIMIT_NOFILE is raised as far as they need.  0, or -errno with nothing
 * open and a sentence (of size bytes) where it helps.  One owner; ends that the
 * owner has closed are -1; close() takes a zeroed struct.
 */
#ifndef HANDOFF_LOOPBACK_PAIRS_H
#define HANDOFF_LOOPBACK_PAIRS_H

#include <stddef.h>
#include <stdint.h>

struct loopback_pairs {
	int *ends[2];              /* count of each */
	uint32_t count;
};

int loopback_pairs_open(struct loopback_pairs *ret, uint32_t count, char *ret_reason, size_t size);
void loopback_pairs_close_ends(struct loopback_pairs *pairs, int side);
void loopback_pairs_close(struct loopback_pairs *pairs);

#endif
