/* SPDX-License-Identifier: MIT */
/* eventfd: a counter each way, eventfd(2) with EFD_SEMAPHORE, read(2) and write(2) of 8 bytes. */
#include <fcntl.h>
#include <sys/eventfd.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"

/* Two descriptors of one counter, so that each side closes its own. */
static int make_counter(int *ret_in, int *ret_out)
{
	*ret_in = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	if (*ret_in == -1)
		return -errno;
	*ret_out = fcntl(*ret_in, F_DUPFD_CLOEXEC, 0);
	return *ret_out == -1 ? -errno : 0;
}

static int eventfd_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct channel_files *files = state;
	int error = 0;

	(void)ret_reason;
	channel_files_init(files);
	for (int side = 0; side < channel_directions(config) && !error; side++)
		error = make_counter(&files->in[1 - side], &files->out[side]);
	if (error)
		channel_files_close(files);
	return error;
}

static inline int eventfd_send(struct channel_end *end, size_t bytes)
{
	uint64_t one = 1;

	(void)bytes;
	return channel_write_packet(end->fd_out, (const unsigned char *)&one, sizeof(one));
}

/* A semaphore gives one at a time, however many there are. */
static inline int eventfd_receive(struct channel_end *end, size_t bytes)
{
	uint64_t one = 0;
	int error = channel_read_packet(end->fd_in, (unsigned char *)&one, sizeof(one), sizeof(one));

	(void)bytes;
	if (error)
		return error;
	return one == 1 ? 0 : -EBADMSG;
}

CHANNEL_LOOPS(eventfd);

const struct channel channel_eventfd = {
	.about = { "eventfd", "eventfd(2), a semaphore each way",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_TOKEN | CHANNEL_POLLED },
	.state_bytes = sizeof(struct channel_files),
	.open = eventfd_open,
	.enter = channel_files_enter,
	.leave = channel_files_leave,
	.close = channel_files_close,
	CHANNEL_HOOKS(eventfd),
};
