/* SPDX-License-Identifier: MIT */
/*
 * --connect: a round with a hostile host on the other side.
 *
 * A byte of flags, how many messages are echoed before the data connection ends, how many
 * frames, and dents for each: they come in the order of the protocol, all at once.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/pair/job.h"
#include "channel/round/round.h"
#include "channel/mechanism/list.h"
#include "fuzz-remote.h"

#define FRAMES_MOST 8
#define WINDOW_NS 200000
/* So long nothing comes, and nothing will: both wait. */
#define QUIET_MS 30

enum flag { SAYS_THROUGHPUT = 1, SAYS_LARGE = 2, KEEPS_PORT = 4 };

struct host {
	int listener, data_listener;
	uint16_t port, data_port;
	size_t echoes, frames;
	unsigned char bytes[FRAMES_MOST][REMOTE_FRAME_BYTES];
};

static const enum remote_kind order[FRAMES_MOST] = {
	REMOTE_WELCOME, REMOTE_READY, REMOTE_USAGE, REMOTE_USAGE, REMOTE_STOP, REMOTE_FINAL,
	REMOTE_FINAL, REMOTE_REFUSED,
};

static void make_frame(struct fuzz_input *input, struct host *host, size_t i, unsigned int flags)
{
	struct remote_message message;

	remote_message_init(&message, order[i]);
	message.port = host->data_port;
	message.token = 0x8877665544332211u;
	snprintf(message.hostname, sizeof(message.hostname), "there");
	snprintf(message.reason, sizeof(message.reason), "no");
	remote_pack(&message, host->bytes[i]);
	fuzz_dent(input, host->bytes[i], REMOTE_FRAME_BYTES);
	/* A dent in the port leads nowhere, soon. */
	if (i || flags & KEEPS_PORT || remote_unpack(host->bytes[i], &message))
		return;
	message.port = host->data_port;
	remote_pack(&message, host->bytes[i]);
}

static void serve_data(const struct host *host, int data)
{
	char bytes[65536];

	for (size_t left = host->echoes; left; left--) {
		struct pollfd wait = { .fd = data, .events = POLLIN };
		ssize_t got = poll(&wait, 1, QUIET_MS) > 0
			? fuzz_receive_some(data, bytes, sizeof(bytes)) : 0;

		if (got <= 0)
			break;
		fuzz_send(data, bytes, (size_t)got);
	}
	shutdown(data, SHUT_WR);
	while (fuzz_receive_some(data, bytes, sizeof(bytes)) > 0)
		;
	close(data);
}

/* Until the one that measures has gone; it may come by the data port meanwhile. */
static void serve(const struct host *host, int control)
{
	struct pollfd wait[2] = {
		{ .fd = control, .events = POLLIN }, { .fd = host->data_listener, .events = POLLIN },
	};
	char bytes[REMOTE_FRAME_BYTES];

	fuzz_send(control, host->bytes, host->frames * REMOTE_FRAME_BYTES);
	shutdown(control, SHUT_WR);
	for (;;) {
		if (poll(wait, 2, -1) == -1)
			continue;
		if (wait[1].revents)
			serve_data(host, fuzz_accept(host->data_listener));
		else if (fuzz_receive_some(control, bytes, sizeof(bytes)) <= 0)
			break;
	}
	close(control);
}

static void *be_host(void *argument)
{
	const struct host *host = argument;
	serve(host, fuzz_accept(host->listener));
	return NULL;
}

static void lose(const char *reason, int error)
{
	(void)reason, (void)error;
	FUZZ_CLAIM(!"no other side of ours is there to be lost");
}

/* Whatever the other host has said, the supervisor understands what we say of it. */
static void check_said(struct round *round, struct histogram_pair *const *pairs)
{
	const struct histogram_pair *parsed[ROUND_SERIES_MAX];
	int fd = memfd_create("round", MFD_CLOEXEC);
	struct round again;
	void *message;

	FUZZ_CLAIM(fd >= 0);
	FUZZ_CLAIM(!round_send(fd, round, (const struct histogram_pair *const *)pairs));
	message = malloc(round->bytes);
	FUZZ_CLAIM(message && pread(fd, message, round->bytes, 0) == (ssize_t)round->bytes);
	FUZZ_CLAIM(round_parse(message, round->bytes, &again, parsed) == (long)round->bytes);
	FUZZ_CLAIM(round->status == ROUND_MEASURED || *round->reason || round->error);
	free(message);
	close(fd);
}

static void measure(const struct host *host, unsigned int flags)
{
	struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct channel_job job;
	struct round *round = calloc(1, sizeof(*round));
	char address[64];

	FUZZ_CLAIM(round);
	snprintf(address, sizeof(address), "127.0.0.1:%u", host->port);
	channel_job_init(&job);
	job.window_ns = WINDOW_NS;
	job.connect = address;
	job.mechanism = "tcp";
	job.mode = flags & SAYS_THROUGHPUT ? "throughput" : "latency";
	job.size = flags & SAYS_LARGE ? 5000 : 1;
	job.depth = flags & SAYS_THROUGHPUT ? 3 : 1;
	round_init(round, "tcp");
	channel_round_run(&job, &channel_tcp, lose, round, pairs);
	check_said(round, pairs);
	for (int i = 0; i < ROUND_SERIES_MAX; i++)
		free(pairs[i]);
	free(round);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host host;
	struct fuzz_input input = { data, size };
	unsigned int flags = fuzz_byte(&input);
	pthread_t thread;

	host.listener = fuzz_listen(&host.port);
	host.data_listener = fuzz_listen(&host.data_port);
	host.echoes = fuzz_number(&input);
	host.frames = fuzz_byte(&input) % (FRAMES_MOST + 1);
	for (size_t i = 0; i < host.frames; i++)
		make_frame(&input, &host, i, flags);
	FUZZ_CLAIM(!pthread_create(&thread, NULL, be_host, &host));
	measure(&host, flags);
	FUZZ_CLAIM(!pthread_join(thread, NULL));
	close(host.listener);
	close(host.data_listener);
	return 0;
}
