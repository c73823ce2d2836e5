/* SPDX-License-Identifier: MIT */
/*
 * channel/switch/ring - runs tasks on one CPU that pass a message round.
 *
 * Channel i leads from task i to task i + 1, the last one back to task 0, which is
 * the caller.  open() opens the channels one after the other and makes the other
 * tasks (processes or threads) between them; each enters side 1 of the channel to
 * it and side 0 of that from it.  A process keeps its own two channels only, so
 * that neither descriptors nor the cost of a fork grow with the ring; threads
 * share them all.  They then relay (channel/ring-loops.h) what run() sends round,
 * until stop() sends the last message round and waits for their end.  close()
 * gives everything back, ends processes that are still there, and takes a zeroed
 * or half-made ring; with threads in the middle of a lap, which cannot be ended,
 * it gives nothing back, and the process has to end.
 *
 * A task that ends, fails or is stopped in between would leave us waiting for
 * ever: lost() is called then, as in channel/pair/pair.h.
 *
 * One ring a process, used by the thread that opened it.  0 or -errno; a reason
 * (CHANNEL_REASON_BYTES) where there is one.
 */
#ifndef HANDOFF_CHANNEL_RING_H
#define HANDOFF_CHANNEL_RING_H

#include <pthread.h>
#include <sys/types.h>

#include "channel/switch/ring-seat.h"

#define CHANNEL_RING_TASKS_MOST 20000

struct channel_ring_task;

struct channel_ring {
	/* The caller's, before open(). */
	const struct channel *channel;
	struct channel_config config;      /* key: CHANNEL_NAMES of them a task */
	struct channel_work_plan work;
	uint32_t tasks;            /* at least 2 */
	int cpu;                   /* -1: anywhere */
	void (*lost)(const char *reason, int error);

	struct channel_ring_seat *seat;    /* ours, of task 0 */
	struct channel_ring_lane *lanes;   /* of all tasks */
	/* The ring's own. */
	struct channel_ring_shared *shared;
	struct channel_ring_task *others;  /* by number; that of 0 is of no task */
	unsigned char *states;
	size_t state_bytes, shared_bytes;
	pid_t creator;
	bool is_ending;
};

int channel_ring_open(struct channel_ring *ring, char *ret_reason);
int channel_ring_run(struct channel_ring *ring, uint64_t laps);
int channel_ring_stop(struct channel_ring *ring);
void channel_ring_close(struct channel_ring *ring);

#endif
