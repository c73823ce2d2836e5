/* SPDX-License-Identifier: MIT */
/*
 * channel/message/fan-in - runs one channel with many tasks at its sending end.
 *
 * open() opens the channel, makes config.senders tasks (processes or threads,
 * each seated on cpu_b), which all enter end 1, and enters end 0; the senders
 * send without end, and wait while the channel is full.  The caller receives, by
 * the channel's take().  Nobody answers.  For CHANNEL_MANY_SENDERS only.
 *
 * stop() ends it without a message too many or too few: a sender that sees the
 * flag first says how many messages there will have been of it, then sends the
 * last one and ends.  So as long as not all have said so a message is to come,
 * and once they have it is known how many.  The senders are then collected, and
 * their counts and sums are final.  close() gives all back, and ends processes
 * that are still there; it takes a zeroed or half-made one.  Threads that are
 * still at work cannot be ended: then nothing is given back, and the process has
 * to end.
 *
 * A sender that ends, fails or is stopped in between is told by lost(), in a
 * signal handler or another thread, with a reason and an errno or 0, as in pair.h; it tells,
 * and ends the process.
 *
 * One a process, used by the thread that opened it.  0 or -errno; a reason
 * (CHANNEL_REASON_BYTES) where there is one.
 */
#ifndef HANDOFF_CHANNEL_FAN_IN_H
#define HANDOFF_CHANNEL_FAN_IN_H

#include <pthread.h>
#include <sys/types.h>

#include "channel/channel.h"

/* Of one sender, in memory that all share. */
struct channel_sender {
	struct channel_end end;    /* its own: the counts may be read at any time */
	uint32_t state;            /* futex */
	int32_t tid, error;
	uint32_t has_ended;        /* final is known, and one message of it is to come at most */
	uint64_t final;            /* messages, once it has ended */
	uint32_t on_cpu;           /* of its first and last look, those that saw cpu_b */
	/* The owner's. */
	_Alignas(128) pid_t pid;
	pthread_t thread;
	bool has_thread, is_done;
};

struct channel_fan_in {
	/* The caller's, before open(). */
	const struct channel *channel;
	struct channel_config config;
	int cpu_a, cpu_b;          /* -1: anywhere */
	void (*lost)(const char *reason, int error);

	struct channel_end *end;   /* ours */
	struct channel_sender *senders;    /* config.senders */
	/* Its own. */
	uint32_t *stop;
	void *state;
	size_t own_bytes, shared_bytes;
	pid_t creator;
	bool is_open, has_entered, is_ending;
};

int channel_fan_in_open(struct channel_fan_in *fan_in, char *ret_reason);
int channel_fan_in_stop(struct channel_fan_in *fan_in);
void channel_fan_in_close(struct channel_fan_in *fan_in);

#endif
