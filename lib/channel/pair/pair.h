/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/pair - runs a channel with a task at either end.
 *
 * open() opens the channel, makes the other side (a process or a thread, seated
 * on its CPU), enters both ends and waits for the other side to be ready; it
 * then answers (pong or drain) until stop() sends the last message and waits for
 * its end.  close() gives everything back, and ends a process that is still
 * there; it takes a zeroed or half-made pair.  A thread that is still at work
 * cannot be ended: then nothing is given back, and the process has to end.
 *
 * An other side that ends, fails or is stopped in between would leave us waiting
 * for its answer for ever: lost() is called then, in a signal handler or another
 * thread, with a reason and an errno or 0 (-EOWNERDEAD: it was killed).  It tells, and ends the process.
 *
 * One pair a process, used by the thread that opened it.  0 or -errno; a reason
 * (CHANNEL_REASON_BYTES) where there is one.
 */
#ifndef HANDOFF_CHANNEL_PAIR_H
#define HANDOFF_CHANNEL_PAIR_H

#include <pthread.h>
#include <sys/types.h>

#include "channel/channel.h"
#include "channel/pair/wait.h"
#include "kernel/clock.h"

/* pong and drain are channel/loops.h's; STAMP answers like pong, and stamps what it received. */
enum channel_duty { CHANNEL_PONG, CHANNEL_DRAIN, CHANNEL_STAMP };

/* Stamps that are kept: that of message i is at i % CHANNEL_STAMPS. */
#define CHANNEL_STAMPS 8192

/* What the two sides share; each line has one writer. */
struct channel_lane {
	_Alignas(128) uint32_t stop;       /* ours */
	_Alignas(128) uint32_t is_ready;   /* futex: the other side has entered, or failed */
	int32_t tid, error;
	uint32_t has_refused;              /* it could not enter, and has ended */
	uint64_t sent, received, sum_sent, sum_received, waits;   /* once it has ended */
	uint64_t stamps[];                 /* with CHANNEL_STAMP: ticks, once received */
};

struct channel_pair {
	/* The caller's, before open(). */
	const struct channel *channel;
	struct channel_config config;
	enum channel_duty duty;
	enum channel_wait wait;    /* of both sides */
	int cpu_a, cpu_b;          /* -1: anywhere */
	enum clock_source source;  /* of stamps */
	void (*lost)(const char *reason, int error);

	struct channel_end *end;   /* ours */
	struct channel_lane *lane;
	/* The pair's own. */
	void *state;
	size_t own_bytes, lane_bytes;
	pid_t creator, pid;
	pthread_t thread;
	bool is_open, has_entered, has_thread, is_ending;
};

int channel_pair_open(struct channel_pair *pair, char *ret_reason);
int channel_pair_stop(struct channel_pair *pair);
void channel_pair_close(struct channel_pair *pair);

/* Memory of one end, of the pair or alone: buffers that are its task's to touch. */
int channel_end_init(struct channel_end *end, const struct channel_config *config, void *state,
		     int side, const uint32_t *stop);
void channel_end_done(struct channel_end *end);

/* Of its buffers. */
size_t channel_end_buffer_bytes(const struct channel_end *end);

/* As after init(), with the same buffers: for the next life of a channel. */
void channel_end_reset(struct channel_end *end);

#endif
