/* SPDX-License-Identifier: MIT */
/* remote-protocol and remote-address: a frame with dents in it, or a text. */
#include <errno.h>

#include "channel/remote/protocol.h"
#include "fuzz.h"
#include "kernel/inet-address.h"

/* A frame of that kind as an honest host would send it. */
static void make_frame(struct fuzz_input *input, unsigned char *frame)
{
	struct remote_message message;

	remote_message_init(&message, (enum remote_kind)(fuzz_byte(input) % 8));
	message.mechanism = REMOTE_TCP;
	message.duty = REMOTE_PONG;
	message.message_bytes = message.depth = 1;
	snprintf(message.hostname, sizeof(message.hostname), "there");
	remote_pack(&message, frame);
	fuzz_dent(input, frame, REMOTE_FRAME_BYTES);
}

static void claim_printable(const char *text, size_t size)
{
	FUZZ_CLAIM(memchr(text, 0, size));
	for (; *text; text++)
		FUZZ_CLAIM(*text >= ' ' && *text <= '~');
}

static void claim_bounds(const struct remote_message *message)
{
	claim_printable(message->kernel, sizeof(message->kernel));
	claim_printable(message->hostname, sizeof(message->hostname));
	claim_printable(message->reason, sizeof(message->reason));
	if (message->kind != REMOTE_HELLO || message->duty == REMOTE_GREET)
		return;
	FUZZ_CLAIM(message->message_bytes && message->message_bytes <= REMOTE_MESSAGE_MOST);
	FUZZ_CLAIM(message->depth && message->depth <= REMOTE_DEPTH_MOST);
	FUZZ_CLAIM(message->message_bytes * message->depth <= REMOTE_WINDOW_MOST);
}

/* What was taken and is said again is the same frame, but for bytes that mean nothing. */
static void claim_same(const struct remote_message *message)
{
	unsigned char frame[REMOTE_FRAME_BYTES], again[REMOTE_FRAME_BYTES];
	struct remote_message copy;

	remote_pack(message, frame);
	FUZZ_CLAIM(!remote_unpack(frame, &copy));
	remote_pack(&copy, again);
	FUZZ_CLAIM(!memcmp(frame, again, sizeof(frame)));
	FUZZ_CLAIM(!strcmp(copy.hostname, message->hostname) && copy.kind == message->kind);
	FUZZ_CLAIM(copy.sum_received == message->sum_received && copy.error == message->error);
}

static void check_frame(const unsigned char *frame)
{
	struct remote_message message;
	char reason[REMOTE_REASON_BYTES];
	int error = remote_unpack(frame, &message);

	FUZZ_CLAIM(error == 0 || error == -EBADMSG || error == -EPROTONOSUPPORT);
	if (error == -EBADMSG)
		return;
	claim_printable(message.version, sizeof(message.version));
	if (error) {
		remote_version_reason(&message, reason, sizeof(reason));
		claim_printable(reason, sizeof(reason));
		return;
	}
	claim_bounds(&message);
	claim_same(&message);
}

static void check_address(const char *text)
{
	char written[REMOTE_ADDRESS_BYTES], again[REMOTE_ADDRESS_BYTES];
	union remote_address address, copy;
	struct remote_place place;
	int error = remote_place_parse(text, &place);

	FUZZ_CLAIM(error == 0 || error == -EINVAL);
	FUZZ_CLAIM(error || (*place.host && memchr(place.host, 0, sizeof(place.host))));
	if (remote_address_parse(text, &address))
		return;
	FUZZ_CLAIM(!error);
	remote_address_format(&address, written);
	FUZZ_CLAIM(!remote_address_parse(written, &copy));
	remote_address_format(&copy, again);
	FUZZ_CLAIM(!strcmp(written, again));
	FUZZ_CLAIM(remote_address_port(&copy) == place.port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	unsigned char frame[REMOTE_FRAME_BYTES];
	char *text = fuzz_text(data, size);

	check_address(text);
	free(text);
	make_frame(&input, frame);
	check_frame(frame);
	if (size >= sizeof(frame))
		check_frame(data);
	return 0;
}
