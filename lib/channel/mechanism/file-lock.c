/* SPDX-License-Identifier: MIT */
/*
 * file-lock: a turn handed to and fro by locks of bytes of a memfd, fcntl(2) F_OFD_SETLKW.
 *
 * Turn t is handed over by byte t mod 3: its sender unlocks the byte, its receiver locks
 * it, and waits for that.  Side 0 sends the even turns, side 1 the odd ones.  The sender
 * of turn t received turn t - 3, and has held that same byte since then.  The receiver of
 * turn t asks for the byte after it sent turn t - 1, hence after it received turn t - 2,
 * which the other side sent after it had taken turn t - 3: the byte is held when it is
 * asked for and until the turn is sent, so no turn is taken early or twice.  It is free
 * from then on until its receiver takes it, so no turn is lost.
 *
 * Fewer bytes do not do.  With one, who unlocks it and asks for it again may get it before
 * the waiting side does; with two, each byte is always sent by the same side, which would
 * have to take it back by a third call.
 *
 * There is one turn: two messages in one direction need an answer in between.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"

#define BYTES 3

struct locked_file {
	int fds[2];                /* by side: an open file description each, which owns locks */
};

/* Bytes next to each other would be merged into one lock, and split again. */
static inline struct flock turn_lock(uint64_t turn, short type)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(2 * (turn % BYTES)),
		.l_len = 1,
	};
}

static inline int set_lock(int fd, int command, uint64_t turn, short type)
{
	struct flock lock = turn_lock(turn, type);
	int result;

	do
		result = fcntl(fd, command, &lock);
	while (result == -1 && errno == EINTR);
	return result == -1 ? -errno : 0;
}

static int open_descriptions(struct locked_file *file, char *ret_reason)
{
	char path[32];

	file->fds[0] = memfd_create("handoff-lock", MFD_CLOEXEC);
	if (file->fds[0] == -1)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fds[0]);
	file->fds[1] = open(path, O_RDWR | O_CLOEXEC);
	if (file->fds[1] != -1)
		return 0;
	if (errno == ENOENT)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "mount /proc: a memfd is opened a second time by /proc/self/fd");
	return -errno;
}

static void file_lock_close(void *state)
{
	struct locked_file *file = state;

	for (int side = 0; side < 2; side++)
		if (file->fds[side] != -1)
			close(file->fds[side]);
}

static int file_lock_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct locked_file *file = state;
	int error;

	if (config->depth > 1) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "locks hand over one turn at a time: use --depth 1");
		return -EOPNOTSUPP;
	}
	file->fds[0] = file->fds[1] = -1;
	error = open_descriptions(file, ret_reason);
	for (uint64_t turn = 0; turn < BYTES && !error; turn++)
		error = set_lock(file->fds[turn % 2], F_OFD_SETLK, turn, F_WRLCK);
	if (error)
		file_lock_close(file);
	return error;
}

/* Both descriptions stay open here: at the other side's death its locks would else be
 * dropped by the kernel, which looks like a turn. */
static int file_lock_enter(struct channel_end *end)
{
	const struct locked_file *file = end->state;

	end->fd_in = end->fd_out = file->fds[end->side];
	return 0;
}

static void file_lock_leave(struct channel_end *end)
{
	end->fd_in = end->fd_out = -1;
}

/* slot_out counts the turns of both directions. */
static inline int file_lock_send(struct channel_end *end, size_t bytes)
{
	(void)bytes;
	if ((int)(end->slot_out % 2) != end->side)
		return -EDEADLK;
	return set_lock(end->fd_out, F_OFD_SETLK, end->slot_out++, F_UNLCK);
}

static inline int file_lock_receive(struct channel_end *end, size_t bytes)
{
	(void)bytes;
	if ((int)(end->slot_out % 2) == end->side)
		return -EDEADLK;
	return set_lock(end->fd_in, F_OFD_SETLKW, end->slot_out++, F_WRLCK);
}

CHANNEL_LOOPS(file_lock);

const struct channel channel_file_lock = {
	.about = { "file-lock", "fcntl(2), a turn handed over by open-file-description locks",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_TOKEN | CHANNEL_PAIR_ONLY },
	.state_bytes = sizeof(struct locked_file),
	.open = file_lock_open,
	.enter = file_lock_enter,
	.leave = file_lock_leave,
	.close = file_lock_close,
	CHANNEL_HOOKS(file_lock),
};
