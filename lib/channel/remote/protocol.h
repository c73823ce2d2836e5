/* SPDX-License-Identifier: MIT */
/*
 * channel/remote/protocol - what the two hosts of a measurement say to each other.
 *
 * Frames of REMOTE_FRAME_BYTES on a TCP connection, the control connection;
 * the messages that are measured go over a socket of their own.  Pure: a frame
 * is packed from, and unpacked into, a struct remote_message.
 *
 *   connecting side        listening side
 *   HELLO               -> WELCOME, or REFUSED with a sentence
 *   (it presents the token on the data socket)
 *                       <- READY: the loop runs
 *   USAGE               -> USAGE: what the kernel has counted of the other side
 *   STOP                -> STOP: the next message will be taken for the last
 *   (the last message)  <- FINAL: counts and sums
 *
 * A HELLO with the duty REMOTE_GREET asks for the WELCOME alone.
 *
 * Every frame begins with the magic, the protocol's version and the program's,
 * in a layout that never changes; both must be the same on both sides.  All
 * numbers are little-endian.  Nothing that comes is trusted: numbers are in
 * their bounds and texts end and can be printed once unpack() has returned 0.
 */
#ifndef HANDOFF_REMOTE_PROTOCOL_H
#define HANDOFF_REMOTE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#define REMOTE_PROTOCOL 1
#define REMOTE_FRAME_BYTES 512
#define REMOTE_TEXT_BYTES 64
#define REMOTE_REASON_BYTES 200

#define REMOTE_MESSAGE_MOST ((uint64_t)16 << 20)
#define REMOTE_DEPTH_MOST 4096
#define REMOTE_WINDOW_MOST ((uint64_t)256 << 20)

enum remote_kind {
	REMOTE_HELLO = 1, REMOTE_WELCOME, REMOTE_REFUSED, REMOTE_READY, REMOTE_USAGE, REMOTE_STOP,
	REMOTE_FINAL,
};

enum remote_mechanism { REMOTE_TCP = 1, REMOTE_UDP };

/* What the listening side is to do; the last two are those of channel/loops.h. */
enum remote_duty { REMOTE_GREET = 1, REMOTE_PONG, REMOTE_DRAIN };

/* Of each kind those members that it names; the others are 0. */
struct remote_message {
	enum remote_kind kind;
	char version[REMOTE_TEXT_BYTES];       /* of the program; all kinds */
	/* HELLO */
	enum remote_mechanism mechanism;
	enum remote_duty duty;
	uint64_t message_bytes, depth;
	/* WELCOME */
	uint64_t token;
	uint16_t port;                         /* of the data socket; 0 after REMOTE_GREET */
	char kernel[REMOTE_TEXT_BYTES], hostname[REMOTE_TEXT_BYTES];
	/* REFUSED */
	char reason[REMOTE_REASON_BYTES];
	/* USAGE, of the answer; -1: unknown */
	int64_t cpu_ns, switches;
	/* FINAL */
	int32_t error;                         /* 0 or an errno, positive */
	uint64_t sent, received, sum_sent, sum_received;
};

/* A message of this kind, from this program. */
void remote_message_init(struct remote_message *message, enum remote_kind kind);

void remote_pack(const struct remote_message *message, unsigned char frame[REMOTE_FRAME_BYTES]);

/*
 * 0; -EBADMSG: not of this protocol, or out of bounds; -EPROTONOSUPPORT: of another
 * version of it, or of the program, which then stands in ret->version.
 */
int remote_unpack(const unsigned char frame[REMOTE_FRAME_BYTES], struct remote_message *ret);

/* Both versions in one sentence, said by who has received the other's frame. */
void remote_version_reason(const struct remote_message *theirs, char *ret, size_t size);

#endif
