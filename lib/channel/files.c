/* SPDX-License-Identifier: MIT */
#include "channel/files.h"

#include <fcntl.h>
#include <poll.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_side(struct channel_files *files, int side)
{
	if (files->out[side] == files->in[side])
		files->out[side] = -1;
	close_fd(&files->in[side]);
	close_fd(&files->out[side]);
}

void channel_files_init(struct channel_files *files)
{
	files->in[0] = files->in[1] = files->out[0] = files->out[1] = -1;
}

int channel_files_enter(struct channel_end *end)
{
	struct channel_files *files = end->state;

	end->fd_in = files->in[end->side];
	end->fd_out = files->out[end->side];
	/* Else the other side's end would not be seen: we would hold it open. */
	if (end->is_process)
		close_side(files, 1 - end->side);
	return 0;
}

void channel_files_leave(struct channel_end *end)
{
	struct channel_files *files = end->state;

	if (end->is_process)
		close_side(files, end->side);
	end->fd_in = end->fd_out = -1;
}

void channel_files_close(void *state)
{
	close_side(state, 0);
	close_side(state, 1);
}

int channel_files_await_room(int fd)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -errno;
	if (!(flags & O_NONBLOCK))
		return -EAGAIN;
	while (poll(&room, 1, -1) == -1)
		if (errno != EINTR)
			return -errno;
	return 0;
}
