/* SPDX-License-Identifier: MIT */
/*
 * channel/files - shared parts of channels made of descriptors.
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

#include "channel/channel.h"
#include "kernel/cpu-relax.h"

struct channel_files {
	int in[2], out[2];         /* by side */
};

void channel_files_init(struct channel_files *files);
int channel_files_enter(struct channel_end *end);
void channel_files_leave(struct channel_end *end);
void channel_files_close(void *state);

/*
 * Sleeps until fd, which does not block, has room: one descriptor may serve both ways,
 * and must not block only for who receives.  0 or -errno; -EAGAIN where it blocks.
 */
int channel_files_await_room(int fd);

/* After a call that was to write has failed: 0 to make it again, or its error. */
static inline int channel_write_again(int fd)
{
	if (errno == EINTR)
		return 0;
	return errno == EAGAIN ? channel_files_await_room(fd) : -errno;
}

/* A stream takes what it has room for. */
static inline int channel_write_stream(int fd, const unsigned char *bytes, size_t count)
{
	while (count) {
		ssize_t written = write(fd, bytes, count);
		int error = written == -1 ? channel_write_again(fd) : 0;

		if (error)
			return error;
		if (written == -1)
			continue;
		bytes += written;
		count -= (size_t)written;
	}
	return 0;
}

/* Bytes, at least one, or -errno. */
static inline ssize_t channel_read_part(int fd, unsigned char *bytes, size_t count)
{
	ssize_t got;

	do
		got = read(fd, bytes, count);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return -errno;
	return got ? got : -EPIPE;
}

/* Of a message that has begun: where fd does not block, the rest is tried for until it comes. */
static inline int channel_read_rest(int fd, unsigned char *bytes, size_t count)
{
	while (count) {
		ssize_t got = channel_read_part(fd, bytes, count);

		if (got == -EAGAIN) {
			cpu_relax();
			continue;
		}
		if (got < 0)
			return (int)got;
		bytes += got;
		count -= (size_t)got;
	}
	return 0;
}

static inline int channel_read_stream(int fd, unsigned char *bytes, size_t count)
{
	ssize_t got = channel_read_part(fd, bytes, count);

	if (got < 0)
		return (int)got;
	return channel_read_rest(fd, bytes + got, count - (size_t)got);
}

/* Where messages have bounds: all of it at once, or it is another one's. */
static inline int channel_write_packet(int fd, const unsigned char *bytes, size_t count)
{
	ssize_t written;

	while ((written = write(fd, bytes, count)) == -1) {
		int error = channel_write_again(fd);

		if (error)
			return error;
	}
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
