/* SPDX-License-Identifier: MIT */
/*
 * bare-channel - what the bare loops of channels share.
 *
 * The calls are those of lib/channel/, written down once more: nothing of lib/
 * is linked.  send and receive of one byte return 0, or -1 with errno; what is
 * not one byte long is EBADMSG, the other side's end EPIPE.  BARE_LOOPS makes
 * the loops of both sides of them, inlined into the mechanism's own file.
 *
 * open() makes both ends before the other side is forked, and unlinks names at
 * once.  A failure ends the program: what bare_remove() does not take away, the
 * end of the process does.
 */
#ifndef HANDOFF_BARE_CHANNEL_H
#define HANDOFF_BARE_CHANNEL_H

#include <errno.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Both ends, by side: 0 measures, 1 answers. */
struct bare_link {
	int in[2], out[2];         /* descriptors or System V ids */
	bool has_files;            /* each side closes the other's descriptors */
	sem_t *semaphore[2];       /* by the side that posts */
	unsigned char *memory;     /* shared by both */
	size_t head_bytes;         /* before the byte, in its slot */
};

struct bare_message {
	long type;                 /* a System V queue wants one before the text */
	unsigned char text[8];
};

struct bare_end {
	_Alignas(128) const struct bare_link *link;
	int side, fd_in, fd_out;
	unsigned char *out, *in;   /* the byte to send, the byte received */
	unsigned int slot_out, slot_in;
	size_t bytes;              /* of a message: 1 */
	unsigned long sent, received, sum_sent, sum_received;
	struct bare_message message_out, message_in;
};

struct bare_channel {
	const char *name;          /* NULL: behind the last one */
	int (*open)(struct bare_link *link);
	int (*ping)(struct bare_end *end, size_t n);   /* n round trips */
	int (*pong)(struct bare_end *end);             /* until it fails */
};

extern const struct bare_channel bare_files[], bare_objects[];

/* System V ids; from a signal handler, too. */
void bare_remove(void);

/* Where a link has memory, the bytes lie in it. */
void bare_take_slots(struct bare_end *end);

/* 0 where all count bytes went, or came. */
static inline int bare_whole(ssize_t done, size_t count)
{
	if (done == (ssize_t)count)
		return 0;
	if (done >= 0)
		errno = done ? EBADMSG : EPIPE;
	return -1;
}

/* As in the tool: another pattern each time, and sums of what was sent and received. */
static inline void bare_write(struct bare_end *end)
{
	unsigned long pattern = ++end->sent * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < end->bytes; i++) {
		unsigned char byte = (unsigned char)(pattern >> 8 * i);

		end->out[i] = byte;
		end->sum_sent += byte;
	}
}

static inline void bare_read(struct bare_end *end)
{
	end->received++;
	for (size_t i = 0; i < end->bytes; i++)
		end->sum_received += end->in[i];
}

#define BARE_LOOPS(name) \
	static int name##_ping(struct bare_end *end, size_t n) \
	{ \
		int failed = 0; \
		while (n-- && !failed) { \
			bare_write(end); \
			failed = name##_send(end) || name##_receive(end); \
			bare_read(end); \
		} \
		return failed; \
	} \
	static int name##_pong(struct bare_end *end) \
	{ \
		while (!name##_receive(end)) { \
			bare_read(end); \
			bare_write(end); \
			if (name##_send(end)) \
				break; \
		} \
		return -1; \
	} \
	_Static_assert(sizeof(struct bare_end) <= 256, "an end takes two cache lines")

#endif
