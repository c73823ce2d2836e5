/* SPDX-License-Identifier: MIT */
/* splice: a pipe each way; vmsplice(2) lends it the sender's pages, read(2) copies them out. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "kernel/errno-reason.h"

/*
 * One copy instead of a pipe's two.  A second pipe that the receiver would splice
 * to would only put off that copy: the message counts as received when its bytes
 * are the receiver's own, which only a copy can do.
 *
 * What is in the pipe are the sender's pages themselves: what is written to them
 * before they are read is what arrives.  Each side therefore has a ring of depth
 * + 1 buffers.  A buffer's turn comes again after depth further messages; these
 * are only sent once an answer has come, and that follows the receipt of all
 * before it.  SPLICE_F_GIFT would promise never to write to the pages again.
 */
struct splice_state {
	struct channel_files files;   /* first: its functions take this state for it */
	unsigned char *memory;        /* side 0's buffers, then side 1's */
	size_t ring_bytes, slot_bytes;
};

/*
 * Each page takes a place of the pipe.  A message should fit, so that one task
 * can hold both ends; beyond fs.pipe-max-size send() waits for the receiver.
 */
static int make_room(int fd, size_t bytes)
{
	int room = fcntl(fd, F_GETPIPE_SZ);

	if (room == -1)
		return -errno;
	if ((size_t)room >= bytes || fcntl(fd, F_SETPIPE_SZ, bytes) != -1 || errno == EPERM)
		return 0;
	return -errno;
}

static int make_pipes(struct splice_state *state)
{
	int error = 0;

	for (int side = 0; side < 2 && !error; side++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC))
			return -errno;
		state->files.in[1 - side] = ends[0];
		state->files.out[side] = ends[1];
		error = make_room(ends[1], state->slot_bytes);
	}
	return error;
}

/* Private, as the memory of a user of vmsplice(2) is.  Too much would end in the OOM killer. */
static int make_rings(struct splice_state *state, const struct channel_config *config,
		      char *ret_reason)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	state->slot_bytes = (config->message_bytes + page - 1) / page * page;
	state->ring_bytes = ((size_t)config->depth + 1) * state->slot_bytes;
	if (2 * state->ring_bytes / page > (size_t)sysconf(_SC_PHYS_PAGES) / 2) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "the buffers would take more than half of the memory: use a smaller "
			 "--size or --depth");
		return -ENOMEM;
	}
	state->memory = mmap(NULL, 2 * state->ring_bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return state->memory == MAP_FAILED ? -errno : 0;
}

static void splice_close(void *state)
{
	struct splice_state *splice = state;

	munmap(splice->memory, 2 * splice->ring_bytes);
	channel_files_close(&splice->files);
}

/* Lends one page and takes it back: a filter may refuse the one call alone. */
static int try_lending(const struct splice_state *state, char *ret_reason)
{
	struct iovec one = { state->memory, 1 };
	unsigned char back;
	int error;

	state->memory[0] = 0;
	error = vmsplice(state->files.out[0], &one, 1, 0) == 1
		? channel_read_stream(state->files.in[1], &back, 1) : -errno;
	if (error)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "vmsplice is refused%s", errno_filter_is_possible("")
			 ? ": let the container's seccomp profile permit it" : " by this kernel");
	return error;
}

static int splice_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct splice_state *splice = state;
	int error = make_rings(splice, config, ret_reason);

	if (error)
		return error;
	channel_files_init(&splice->files);
	error = make_pipes(splice);
	if (!error)
		error = try_lending(splice, ret_reason);
	if (error)
		splice_close(splice);
	return error;
}

static unsigned char *ring_of(const struct channel_end *end)
{
	const struct splice_state *state = end->state;

	return state->memory + (size_t)end->side * state->ring_bytes;
}

/* Touched by its owner, after the fork: the pages are its own, and near to it. */
static int splice_enter(struct channel_end *end)
{
	const struct splice_state *state = end->state;

	end->out = ring_of(end);
	memset(end->out, 0, state->ring_bytes);
	return channel_files_enter(end);
}

static int lend(int fd, unsigned char *bytes, size_t count)
{
	while (count) {
		struct iovec part = { bytes, count };
		ssize_t lent = vmsplice(fd, &part, 1, 0);

		if (lent == -1 && errno == EINTR)
			continue;
		if (lent == -1)
			return -errno;
		bytes += lent;
		count -= (size_t)lent;
	}
	return 0;
}

static inline int splice_send(struct channel_end *end, size_t bytes)
{
	const struct splice_state *state = end->state;
	int error = lend(end->fd_out, end->out, bytes);

	end->slot_out = end->slot_out == end->depth ? 0 : end->slot_out + 1;
	end->out = ring_of(end) + end->slot_out * state->slot_bytes;
	return error;
}

static inline int splice_receive(struct channel_end *end, size_t bytes)
{
	return channel_read_stream(end->fd_in, end->in, bytes);
}

CHANNEL_LOOPS(splice);

const struct channel channel_splice = {
	.about = { "splice", "a pipe each way, vmsplice(2) instead of write(2): one copy, not two",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_POLLED },
	.state_bytes = sizeof(struct splice_state),
	.open = splice_open,
	.enter = splice_enter,
	.leave = channel_files_leave,
	.close = splice_close,
	CHANNEL_HOOKS(splice),
};
