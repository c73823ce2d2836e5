/* SPDX-License-Identifier: MIT */
/*
 * channel/message/background - runs pairs of tasks that pass messages beside the measured one.
 *
 * Each is a process of its own, the driver, with a channel and an other side of
 * its own (channel/pair/pair.h), seated as the measured pair.  begin() makes them one
 * after the other, so that all may use the same names in turn; only System V keys
 * last, and each has its own, CHANNEL_NAMES apart, behind the configured ones.
 * They wait until go() lets them all run, and returns when each has passed a
 * message.  read() tells how many each has passed.  stop() has each send its last
 * message, and collects it with its sums.  close() gives all back, and kills who
 * is still there; it takes a zeroed or half-made background.
 *
 * A driver that was killed or stopped, has failed, or makes no headway is told by
 * go() or stop(), within seconds; no signal handler is needed for it, and none is
 * disturbed.  Drivers end with the process that made them, their other sides with
 * them.  begin() comes before the measured pair is opened, whose descriptors they
 * must not have, and before any thread is made.
 *
 * One owner, one thread.  0 or -errno, with a reason (CHANNEL_REASON_BYTES) where
 * there is one; a reason without an errno of its own comes with -ECHILD.
 */
#ifndef HANDOFF_CHANNEL_BACKGROUND_H
#define HANDOFF_CHANNEL_BACKGROUND_H

#include "channel/pair/pair.h"
#include "channel/pair/wait.h"

struct channel_background_lane;
struct channel_background_shared;

struct channel_background {
	/* The caller's, before begin(). */
	const struct channel *channel;
	struct channel_config config;
	enum channel_duty duty;    /* of the other sides: CHANNEL_PONG or CHANNEL_DRAIN */
	int cpu_a, cpu_b;          /* -1: anywhere */
	enum channel_wait wait;
	uint32_t count;            /* drivers */

	uint32_t agreed;           /* behind stop(): pairs whose counts and sums agree */
	/* The background's own. */
	struct channel_background_shared *shared;
	size_t bytes;
	pid_t creator;
};

int channel_background_begin(struct channel_background *background, char *ret_reason);
int channel_background_go(struct channel_background *background, char *ret_reason);
int channel_background_stop(struct channel_background *background, char *ret_reason);
void channel_background_close(struct channel_background *background);

/* Messages of one driver's pair so far, in one direction. */
uint64_t channel_background_messages(const struct channel_background *background, uint32_t i);

#endif
