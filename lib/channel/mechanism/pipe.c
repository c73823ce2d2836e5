/* SPDX-License-Identifier: MIT */
/* pipe, pipe-packet, fifo: a pipe each way, read(2) and write(2). */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"

static int make_pipes(struct channel_files *files, const struct channel_config *config, int flags)
{
	channel_files_init(files);
	for (int side = 0; side < channel_directions(config); side++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC | flags)) {
			int error = -errno;

			channel_files_close(files);
			return error;
		}
		files->in[1 - side] = ends[0];
		files->out[side] = ends[1];
	}
	return 0;
}

/* What several tasks write at once stays whole up to PIPE_BUF (pipe(7)). */
static int check_senders(const struct channel_config *config, char *ret_reason)
{
	if (config->senders <= 1 || config->message_bytes <= PIPE_BUF)
		return 0;
	snprintf(ret_reason, CHANNEL_REASON_BYTES,
		 "messages of several senders stay whole up to %d bytes (PIPE_BUF): lower --size",
		 PIPE_BUF);
	return -EMSGSIZE;
}

static int pipe_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int error = check_senders(config, ret_reason);

	return error ? error : make_pipes(state, config, 0);
}

static inline int pipe_send(struct channel_end *end, size_t bytes)
{
	return channel_write_stream(end->fd_out, end->out, bytes);
}

static inline int pipe_receive(struct channel_end *end, size_t bytes)
{
	return channel_read_stream(end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(pipe);

/* A packet of O_DIRECT is one buffer of the pipe: longer ones are split (pipe(2)). */
static int packet_open(void *state, const struct channel_config *config, char *ret_reason)
{
	if (config->message_bytes > PIPE_BUF) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "a packet of a pipe holds %d bytes at most (PIPE_BUF)", PIPE_BUF);
		return -EMSGSIZE;
	}
	return make_pipes(state, config, O_DIRECT);
}

static inline int packet_send(struct channel_end *end, size_t bytes)
{
	return channel_write_packet(end->fd_out, end->out, bytes);
}

static inline int packet_receive(struct channel_end *end, size_t bytes)
{
	return channel_read_packet(end->fd_in, end->in, bytes, bytes + 1);
}

CHANNEL_LOOPS(packet);

/* Opened for both ways it needs nobody at the other end yet (fifo(7)). */
static int open_fifo(const char *path, int *ret_in, int *ret_out)
{
	int keeper, error = 0;

	if (mkfifo(path, 0600))
		return -errno;
	keeper = open(path, O_RDWR | O_CLOEXEC);
	*ret_in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	*ret_out = open(path, O_WRONLY | O_CLOEXEC);
	if (keeper == -1 || *ret_in == -1 || *ret_out == -1)
		error = -errno;
	else if (fcntl(*ret_in, F_SETFL, 0))
		error = -errno;
	if (keeper != -1)
		close(keeper);
	unlink(path);
	return error;
}

static int make_fifos(struct channel_files *files, const struct channel_config *config)
{
	int error = 0;

	for (int side = 0; side < channel_directions(config) && !error; side++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%d", config->directory, side);
		error = open_fifo(path, &files->in[1 - side], &files->out[side]);
	}
	return error;
}

static int fifo_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int error = check_senders(config, ret_reason);

	if (error)
		return error;
	channel_files_init(state);
	error = make_fifos(state, config);
	if (error)
		channel_files_close(state);
	return error;
}

#define PIPES(identifier, option, more_traits, text, open_hook, hooks) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_POLLED | \
			   CHANNEL_MANY_SENDERS | (more_traits) }, \
		.state_bytes = sizeof(struct channel_files), \
		.open = open_hook, \
		.enter = channel_files_enter, \
		.leave = channel_files_leave, \
		.close = channel_files_close, \
		CHANNEL_HOOKS(hooks), \
	}

PIPES(pipe, "pipe", 0, "pipe(2), one each way", pipe_open, pipe);
PIPES(pipe_packet, "pipe-packet", 0, "pipe(2) with O_DIRECT: messages keep their bounds",
      packet_open, packet);
PIPES(fifo, "fifo", CHANNEL_NAMED, "named pipes, one each way, unlinked once open", fifo_open, pipe);
