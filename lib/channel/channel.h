/* SPDX-License-Identifier: MIT */
/*
 * channel - a way to pass messages from one task to another, and back.
 *
 * A channel has two ends: 0 measures, 1 answers.  Both are made by one open(),
 * in one process, before the other side exists; which is then forked (and has
 * a copy of the state) or is a thread (and shares it: then the state is not written
 * after open()).  What a side needs for itself is in its struct channel_end.
 *
 * The hot loops are made from a channel's send and receive by the one template
 * in channel/loops.h, inlined into the channel's own file: all channels are
 * driven alike, and nothing is called through a pointer but a whole loop.
 *
 * send() passes on the first bytes at end->out; receive() returns when a message
 * of so many bytes has come, at end->in.  Both return 0 or -errno, at once; only
 * EINTR is tried again.  What arrives short, long or truncated is -EBADMSG where
 * messages have bounds.  The other side's end is -EPIPE where the mechanism shows
 * it; else the call waits, and the pair's lost() ends it (channel/pair/pair.h).  They
 * never print, allocate or look at a clock.
 * Messages wait in the channel until they are received: up to config->depth of
 * them, or send() waits meanwhile (a pipe's buffer may be smaller).  Messages of
 * different sizes may follow each other.
 *
 * Life: open() once; on each side enter() once, in the task that uses the end;
 * any number of send() and receive(); leave() on each side by the same task;
 * close() once by who opened.  One process may also use both ends in turn (a
 * twin of the same calls without a switch): what send() has passed on, up to 4 KiB,
 * receive() takes there without waiting.
 * open() may fail half-way and gives back what it took; names are generated and
 * private, and unlinked before open() returns where that can be: System V ids live
 * until close().  After SIGKILL of all sides nothing is left.
 */
#ifndef HANDOFF_CHANNEL_H
#define HANDOFF_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/mechanism.h"

#define CHANNEL_REASON_BYTES 200

enum channel_trait {
	CHANNEL_PROCESS = 1 << 0,  /* works between processes */
	CHANNEL_THREAD  = 1 << 1,  /* works between threads of one process */
	CHANNEL_TOKEN   = 1 << 2,  /* wakes the other side, carries no bytes: message_bytes is 0 */
	CHANNEL_SPINS   = 1 << 3,  /* waits without sleeping: both sides on one CPU make no sense */
	CHANNEL_NULL    = 1 << 4,  /* there is no other side */
	CHANNEL_NAMED   = 1 << 5,  /* has names for a moment: needs those of struct channel_config */
	CHANNEL_IPC     = 1 << 6,  /* System V or POSIX objects: in an IPC namespace of its own
				      where the account may make one */
	CHANNEL_SWITCH  = 1 << 7,  /* hands over the turn and nothing else: no message */
	CHANNEL_POLLED  = 1 << 8,  /* a message that waits makes end->fd_in readable (poll(2));
				      with O_NONBLOCK on it receive() is -EAGAIN at once when
				      there is none, and waits for the rest of one that has
				      begun; send() waits for room all the same */
	CHANNEL_OWN_CPU = 1 << 9,  /* hands over the CPU that it runs on, and counts nothing:
				      there is no other CPU to it, and no call waits */
	CHANNEL_PAIR_ONLY = 1 << 10, /* to and fro between two: it cannot go round a ring */
	CHANNEL_REMOTE  = 1 << 11, /* its sockets may be on two hosts: channel/remote/remote.h */
	CHANNEL_MANY_SENDERS = 1 << 12,  /* several tasks may use end 1 to send: messages stay
				      whole, and who finds it full waits */
};

/* Names and keys end with a digit: so many of each kind there are for a channel. */
#define CHANNEL_NAMES 4

struct channel_config {
	size_t message_bytes;      /* of the largest message; 0 for a token */
	uint32_t depth;            /* messages under way at once, at most; at least 1 */
	bool is_process;           /* the other side is a process, not a thread */
	bool is_one_way;           /* only from 0 to 1: what leads back need not be made */
	uint32_t senders;          /* tasks that enter end 1, all to send; 0 and 1: one */
	/* For CHANNEL_NAMED only.  Whatever bears these is removed when the worker ends,
	 * also by SIGKILL; what open() takes away itself is gone earlier. */
	const char *directory;     /* of mode 0700, for files: "/tmp/handoff-xxxxxx" */
	const char *name;          /* "/handoff-xxxxxx."; a digit makes it a POSIX name */
	int key;                   /* the first of CHANNEL_NAMES System V keys; use IPC_EXCL */
};

/* One side, on cache lines of its own; a channel's hooks use what they need of it. */
struct channel_end {
	_Alignas(128) void *state; /* of the channel: this process's copy */
	int side;                  /* 0 or 1 */
	int fd_in, fd_out;         /* for the channel's own use; -1 before enter() */
	size_t message_bytes;
	uint32_t depth;
	bool is_process;
	/* Buffers of message_bytes and a byte more, 4096-aligned and touched; a channel whose message
	 * lies in shared memory lets them point there, anew after each message. */
	unsigned char *out, *in;
	void *buffers;             /* the pair's: where out and in point at first */
	const uint32_t *stop;      /* 1: the message just received was the last one */
	uint64_t sent, received;   /* messages */
	uint64_t sum_sent, sum_received;   /* of what they held */
	uint64_t slot_out, slot_in; /* for the channel's own use, 0 before enter() */
	/* How messages are waited for: channel/pair/wait.h's to set. */
	int (*await)(struct channel_end *end);   /* before receive(); NULL: that waits itself */
	void *waiter;
	bool is_spinning;          /* receive() is tried again while it is -EAGAIN */
	uint64_t waits;            /* await() that found one; or tries of receive() that did not */
};

struct channel_work;

struct channel {
	struct mechanism about;    /* traits: enum channel_trait */
	size_t state_bytes;        /* of zeroed memory, 256-aligned */
	/* 0 or -errno; on failure a sentence in ret_reason (CHANNEL_REASON_BYTES) may say
	 * what to change.  A message that is too long is -EMSGSIZE with the limit. */
	int (*open)(void *state, const struct channel_config *config, char *ret_reason);
	/* A process closes what is the other side's, so that it sees its end.  0 or -errno. */
	int (*enter)(struct channel_end *end);
	void (*leave)(struct channel_end *end);
	void (*close)(void *state);
	/* In a process that uses neither end: gives back what it holds of the channel, which
	 * stays the others'.  NULL: close() does no more than that. */
	void (*forget)(void *state);

	/* From CHANNEL_HOOKS of channel/loops.h. */
	int (*send)(struct channel_end *end, size_t bytes);
	int (*receive)(struct channel_end *end, size_t bytes);
	int (*ping)(struct channel_end *end, uint64_t n);
	int (*pong)(struct channel_end *end);
	int (*pour)(struct channel_end *end, uint64_t n);
	int (*drain)(struct channel_end *end);
	int (*take)(struct channel_end *end, uint64_t n);
	int (*feed)(struct channel_end *end);
	int (*twin)(struct channel_end *a, struct channel_end *b, uint64_t n);
	/* A ring's, of channel/ring-loops.h; NULL with CHANNEL_PAIR_ONLY. */
	int (*lap)(struct channel_end *out, struct channel_end *in, struct channel_work *work,
		   uint64_t n);
	int (*relay)(struct channel_end *in, struct channel_end *out, struct channel_work *work);
};

/*
 * Timed in batches, or each message alone: by what it is, so that a run has the figures
 * that every other run has.  A channel whose sides sleep costs several looks at a clock;
 * in a stream a message does not end before the next one begins.
 */
static inline bool channel_is_batched(unsigned int traits, bool is_stream)
{
	return is_stream || traits & (CHANNEL_NULL | CHANNEL_SPINS);
}

/* Directions that are to be made; that from 0 to 1 is the first. */
static inline int channel_directions(const struct channel_config *config)
{
	return config->is_one_way ? 1 : 2;
}

#endif
