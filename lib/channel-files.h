/* SPDX-License-Identifier: MIT */
/*
 * channel-files - what channels made of descriptors have in common.
 *
 * struct channel_files is the (first member of the) state: what each side reads
 * from and writes to; both may be one descriptor.  -1: there is none.  enter()
 * takes this side's descriptors and, in a process, closes the other side's;
 * leave() closes them again where they are the task's own copies, which they
 * are in the forked side; close() closes what open() left.
 *
 * The inline calls are for hot loops: whole messages or an error.
 */
#ifndef HANDOFF_CHANNEL_FILES_H
#define HANDOFF_CHANNEL_FILES_H

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "channel.h"

struct channel_files {
	int in[2], out[2];         /* by side */
};

void channel_files_init(struct channel_files *files);
int channel_files_enter(struct channel_end *end);
void channel_files_leave(struct channel_end *end);
void channel_files_close(void *state);

/* A stream takes what it has room for. */
static inline int channel_write_stream(int fd, const unsigned char *bytes, size_t count)
{
	while (count) {
		ssize_t written = write(fd, bytes, count);

		if (written == -1 && errno == EINTR)
			continue;
		if (written == -1)
			return -errno;
		bytes += written;
		count -= (size_t)written;
	}
	return 0;
}

static inline int channel_read_stream(int fd, unsigned char *bytes, size_t count)
{
	while (count) {
		ssize_t got = read(fd, bytes, count);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return -errno;
		if (got == 0)
			return -EPIPE;
		bytes += got;
		count -= (size_t)got;
	}
	return 0;
}

/* Where messages have bounds: all of it at once, or it is another one's. */
static inline int channel_write_packet(int fd, const unsigned char *bytes, size_t count)
{
	ssize_t written;

	do
		written = write(fd, bytes, count);
	while (written == -1 && errno == EINTR);
	if (written == -1)
		return -errno;
	return (size_t)written == count ? 0 : -EBADMSG;
}

/* Who wants to see that a message is longer has room for a byte more than it may have. */
static inline int channel_read_packet(int fd, unsigned char *bytes, size_t count, size_t room)
{
	ssize_t got;

	do
		got = read(fd, bytes, room);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return -errno;
	if (got == 0)
		return -EPIPE;
	return (size_t)got == count ? 0 : -EBADMSG;
}

#endif
