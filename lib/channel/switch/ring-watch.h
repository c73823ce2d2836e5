/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/ring-watch - tells that a process of the ring is lost.
 *
 * Until it is watched no more (NULL) or is_ending, SIGCHLD looks after each of the
 * ring's processes and calls its lost(), in the signal handler.  0 or -errno.
 */
#ifndef HANDOFF_CHANNEL_RING_WATCH_H
#define HANDOFF_CHANNEL_RING_WATCH_H

#include "channel/switch/ring.h"

/* One of the other tasks. */
struct channel_ring_task {
	struct channel_ring *ring;
	uint32_t number;
	pid_t pid;                 /* 0: none */
	pthread_t thread;
	bool has_thread, is_open;  /* the channel from it */
};

int channel_ring_watch(struct channel_ring *ring);

#endif
