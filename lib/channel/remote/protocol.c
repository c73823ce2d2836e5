/* SPDX-License-Identifier: MIT */
#include "channel/remote/protocol.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Nobody says it by chance, and no text protocol at all. */
#define MAGIC 0xf0646e6168ff0d0au
#define MAGIC_BYTES 8

/* A place in a frame; all fields in the order of walk(), whatever the kind. */
struct cursor {
	unsigned char *out;            /* packing, or NULL */
	const unsigned char *in;       /* unpacking, or NULL */
	bool is_bad;
};

static uint64_t walk_number(struct cursor *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes && at->out; i++)
		*at->out++ = (unsigned char)(value >> (8 * i));
	if (!at->in)
		return value;
	value = 0;
	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)*at->in++ << (8 * i);
	return value;
}

/* Ends within its field and is harmless on a terminal. */
static bool is_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return length < size;
}

static void walk_text(struct cursor *at, char *text, size_t size)
{
	if (at->out) {
		memcpy(at->out, text, strnlen(text, size - 1));
		at->out += size;
		return;
	}
	memcpy(text, at->in, size);
	at->in += size;
	at->is_bad |= !is_text(text, size);
	text[size - 1] = 0;
}

#define WALK(type, field, bytes) field = (type)walk_number(at, (uint64_t)(field), bytes)

static void walk_details(struct cursor *at, struct remote_message *message)
{
	WALK(enum remote_mechanism, message->mechanism, 4);
	WALK(enum remote_duty, message->duty, 4);
	WALK(uint64_t, message->message_bytes, 8);
	WALK(uint64_t, message->depth, 8);
	WALK(uint64_t, message->token, 8);
	WALK(uint16_t, message->port, 2);
	walk_text(at, message->kernel, sizeof(message->kernel));
	walk_text(at, message->hostname, sizeof(message->hostname));
	walk_text(at, message->reason, sizeof(message->reason));
	WALK(int64_t, message->cpu_ns, 8);
	WALK(int64_t, message->switches, 8);
	WALK(int32_t, message->error, 4);
	WALK(uint64_t, message->sent, 8);
	WALK(uint64_t, message->received, 8);
	WALK(uint64_t, message->sum_sent, 8);
	WALK(uint64_t, message->sum_received, 8);
}

void remote_message_init(struct remote_message *message, enum remote_kind kind)
{
	memset(message, 0, sizeof(*message));
	message->kind = kind;
	snprintf(message->version, sizeof(message->version), "%s", PACKAGE_VERSION);
}

void remote_pack(const struct remote_message *message, unsigned char frame[REMOTE_FRAME_BYTES])
{
	struct remote_message copy = *message;
	struct cursor at = { .out = frame };

	memset(frame, 0, REMOTE_FRAME_BYTES);
	walk_number(&at, MAGIC, MAGIC_BYTES);
	walk_number(&at, REMOTE_PROTOCOL, 4);
	walk_text(&at, copy.version, sizeof(copy.version));
	walk_number(&at, (uint64_t)copy.kind, 4);
	walk_details(&at, &copy);
}

static bool is_hello(const struct remote_message *message)
{
	if (message->duty == REMOTE_GREET)
		return true;
	return (message->mechanism == REMOTE_TCP || message->mechanism == REMOTE_UDP) &&
	       (message->duty == REMOTE_PONG || message->duty == REMOTE_DRAIN) &&
	       message->message_bytes >= 1 && message->message_bytes <= REMOTE_MESSAGE_MOST &&
	       message->depth >= 1 && message->depth <= REMOTE_DEPTH_MOST &&
	       message->message_bytes * message->depth <= REMOTE_WINDOW_MOST;
}

static bool is_sane(const struct remote_message *message)
{
	switch (message->kind) {
	case REMOTE_HELLO:
		return is_hello(message);
	case REMOTE_USAGE:
		return message->cpu_ns >= -1 && message->switches >= -1;
	case REMOTE_FINAL:
		return message->error >= 0 && message->error < 4096;
	case REMOTE_WELCOME:
	case REMOTE_REFUSED:
	case REMOTE_READY:
	case REMOTE_STOP:
		return true;
	}
	return false;
}

int remote_unpack(const unsigned char frame[REMOTE_FRAME_BYTES], struct remote_message *ret)
{
	struct cursor at = { .in = frame };
	uint64_t magic, protocol;

	memset(ret, 0, sizeof(*ret));
	magic = walk_number(&at, 0, MAGIC_BYTES);
	protocol = walk_number(&at, 0, 4);
	walk_text(&at, ret->version, sizeof(ret->version));
	if (magic != MAGIC || at.is_bad)
		return -EBADMSG;
	if (protocol != REMOTE_PROTOCOL || strcmp(ret->version, PACKAGE_VERSION))
		return -EPROTONOSUPPORT;
	ret->kind = (enum remote_kind)walk_number(&at, 0, 4);
	walk_details(&at, ret);
	return at.is_bad || !is_sane(ret) ? -EBADMSG : 0;
}

void remote_version_reason(const struct remote_message *theirs, char *ret, size_t size)
{
	bool is_same = !strcmp(theirs->version, PACKAGE_VERSION);

	snprintf(ret, size, "this is version %.40s, the other host has %.40s%s: install the same on "
		 "both", PACKAGE_VERSION, theirs->version,
		 is_same ? " with another protocol" : "");
}
