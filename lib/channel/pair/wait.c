/* SPDX-License-Identifier: MIT */
#include "channel/pair/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kernel/pages.h"
#include "kernel/raw-ring.h"

#define RING_ENTRIES 1

/* What an end holds to wait with; end->waiter. */
struct waiter {
	int epoll;                 /* -1: none */
	struct raw_ring ring;
};

enum channel_wait channel_wait_find(const char *word)
{
	static const char *const words[CHANNEL_WAITS] = {
		[CHANNEL_WAIT_BLOCK] = "block", [CHANNEL_WAIT_SPIN] = "spin",
		[CHANNEL_WAIT_POLL] = "poll", [CHANNEL_WAIT_EPOLL] = "epoll",
		[CHANNEL_WAIT_URING] = "uring",
	};
	int i = 0;

	while (i < CHANNEL_WAITS && strcmp(words[i], word))
		i++;
	return (enum channel_wait)i;
}

static int open_ring(struct raw_ring *ring, char *ret_reason)
{
	return raw_ring_open(ring, RING_ENTRIES, IORING_OP_POLL_ADD, ret_reason,
			     CHANNEL_REASON_BYTES);
}

int channel_wait_probe(enum channel_wait wait, char *ret_reason)
{
	struct raw_ring ring;
	int error;

	if (wait != CHANNEL_WAIT_URING)
		return 0;
	error = open_ring(&ring, ret_reason);
	if (!error)
		raw_ring_close(&ring);
	return error;
}

/* What is ready is the other side's end or an error, too: receive() then says which. */
static int await_poll(struct channel_end *end)
{
	struct pollfd message = { .fd = end->fd_in, .events = POLLIN };

	while (poll(&message, 1, -1) == -1)
		if (errno != EINTR)
			return -errno;
	end->waits++;
	return 0;
}

static int await_epoll(struct channel_end *end)
{
	const struct waiter *waiter = end->waiter;
	struct epoll_event event;

	while (epoll_wait(waiter->epoll, &event, 1, -1) == -1)
		if (errno != EINTR)
			return -errno;
	end->waits++;
	return 0;
}

/* poll_events has the place of the low half of poll32_events in either byte order. */
static int await_ring(struct channel_end *end)
{
	const struct raw_ring *ring = &((const struct waiter *)end->waiter)->ring;
	struct io_uring_sqe *submission = raw_ring_prepare(ring);
	struct io_uring_cqe completion;
	int error;

	submission->opcode = IORING_OP_POLL_ADD;
	submission->fd = end->fd_in;
	submission->poll_events = POLLIN;
	submission->user_data = end->waits;
	raw_ring_prepared(ring);
	error = raw_ring_wait(ring, &completion);
	if (error)
		return error;
	if (completion.res < 0)
		return completion.res;
	if (completion.user_data != end->waits || !completion.res)
		return -EBADMSG;
	end->waits++;
	return 0;
}

static int set_blocking(int fd, bool blocks)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -errno;
	flags = blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) ? -errno : 0;
}

static int begin_spin(struct channel_end *end)
{
	int error = set_blocking(end->fd_in, false);

	end->is_spinning = !error;
	return error;
}

static int begin_poll(struct channel_end *end)
{
	end->await = await_poll;
	return 0;
}

static int take_waiter(struct channel_end *end)
{
	struct waiter *waiter = pages_take(sizeof(*waiter));

	if (!waiter)
		return -ENOMEM;
	waiter->epoll = -1;
	raw_ring_init(&waiter->ring);
	end->waiter = waiter;
	return 0;
}

static int begin_epoll(struct channel_end *end)
{
	struct epoll_event message = { .events = EPOLLIN };
	struct waiter *waiter = end->waiter;

	waiter->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (waiter->epoll == -1 ||
	    epoll_ctl(waiter->epoll, EPOLL_CTL_ADD, end->fd_in, &message))
		return -errno;
	end->await = await_epoll;
	return 0;
}

/* The reason is channel_wait_probe()'s to tell. */
static int begin_ring(struct channel_end *end)
{
	char reason[CHANNEL_REASON_BYTES];
	int error = open_ring(&((struct waiter *)end->waiter)->ring, reason);

	if (!error)
		end->await = await_ring;
	return error;
}

static int begin(struct channel_end *end, enum channel_wait wait)
{
	int error;

	if (wait == CHANNEL_WAIT_SPIN)
		return begin_spin(end);
	if (wait == CHANNEL_WAIT_POLL)
		return begin_poll(end);
	error = take_waiter(end);
	if (error)
		return error;
	return wait == CHANNEL_WAIT_EPOLL ? begin_epoll(end) : begin_ring(end);
}

int channel_wait_begin(struct channel_end *end, enum channel_wait wait)
{
	int error;

	if (wait == CHANNEL_WAIT_BLOCK)
		return 0;
	if (wait >= CHANNEL_WAITS)
		return -EINVAL;
	error = begin(end, wait);
	if (error)
		channel_wait_end(end);
	return error;
}

void channel_wait_end(struct channel_end *end)
{
	struct waiter *waiter = end->waiter;

	if (end->is_spinning)
		set_blocking(end->fd_in, true);
	if (waiter && waiter->epoll != -1)
		close(waiter->epoll);
	if (waiter)
		raw_ring_close(&waiter->ring);
	pages_give(waiter, sizeof(*waiter));
	end->await = NULL;
	end->waiter = NULL;
	end->is_spinning = false;
}
