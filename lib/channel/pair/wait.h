/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/wait - makes an end wait for its next message: block, spin, poll, epoll or uring.
 *
 *   block  receive() itself sleeps, as each channel does
 *   spin   fd_in does not block; receive() is tried again until there is one
 *   poll   poll(2) before each receive()
 *   epoll  epoll_wait(2) before each, of an instance made once
 *   uring  IORING_OP_POLL_ADD before each, one io_uring_enter(2) to submit and wait
 *
 * All but block need a channel with CHANNEL_POLLED.  How a message is then received
 * is the one loop of channel_receive() in channel/loops.h; end->waits counts.
 *
 * begin() after enter() and end() before leave(), by the task that uses the end; end()
 * gives back what begin() took, also where that failed or never was.  0 or -errno.
 */
#ifndef HANDOFF_CHANNEL_WAIT_H
#define HANDOFF_CHANNEL_WAIT_H

#include "channel/channel.h"

enum channel_wait {
	CHANNEL_WAIT_BLOCK,
	CHANNEL_WAIT_SPIN,
	CHANNEL_WAIT_POLL,
	CHANNEL_WAIT_EPOLL,
	CHANNEL_WAIT_URING,
	CHANNEL_WAITS              /* none: so many there are */
};

/* By its word, or CHANNEL_WAITS. */
enum channel_wait channel_wait_find(const char *word);

/* Whether this machine can: 0 or -errno, and then a sentence (CHANNEL_REASON_BYTES) may say
 * what to change.  Before there is another side, so that it is told once. */
int channel_wait_probe(enum channel_wait wait, char *ret_reason);

int channel_wait_begin(struct channel_end *end, enum channel_wait wait);
void channel_wait_end(struct channel_end *end);

#endif
