/* SPDX-License-Identifier: MIT */
/* posix-mq: a POSIX message queue each way, mq_send(3) and mq_receive(3). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channel/files.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "kernel/file-access.h"
#include "kernel/ipc-limits.h"
#include "kernel/limit-remedy.h"

#define MOST_MESSAGES 65536        /* HARD_MSGMAX of the kernel */

struct queues {
	mqd_t queue[2];            /* by the side that sends; -1: there is none */
};

static void queues_close(void *state)
{
	struct queues *queues = state;

	for (int side = 0; side < 2; side++) {
		if (queues->queue[side] != -1)
			mq_close(queues->queue[side]);
		queues->queue[side] = -1;
	}
}

/* What is above the limit is for the kernel to refuse: CAP_SYS_RESOURCE may have more. */
static int plan_queue(const struct channel_config *config, struct mq_attr *ret,
		      int64_t *ret_longest)
{
	int64_t most = MOST_MESSAGES, bytes = LONG_MAX;
	int error;

	if (config->depth < MOST_MESSAGES)
		most = (int64_t)config->depth + 1;
	if (config->message_bytes < LONG_MAX)
		bytes = (int64_t)config->message_bytes;
	*ret = (struct mq_attr) { .mq_maxmsg = (long)most, .mq_msgsize = (long)bytes };
	error = ipc_limit_raise("/proc/sys/fs/mqueue/msgsize_max", bytes, ret_longest);
	if (!error)
		error = ipc_limit_raise("/proc/sys/fs/mqueue/msg_max", most, &most);
	if (!error && ret->mq_maxmsg > most)
		ret->mq_maxmsg = (long)most;
	return error;
}

/* Two limits have one errno. */
static bool has_descriptor(void)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static void explain(int error, const struct mq_attr *wanted, int64_t longest, char *ret_reason)
{
	struct rlimit limit = { 0 };

	if (error == -EMFILE && has_descriptor() && !getrlimit(RLIMIT_MSGQUEUE, &limit))
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "two queues of %ld messages of %ld bytes do not fit RLIMIT_MSGQUEUE (%ju "
			 "bytes): %s, or lower the depth (or fs.mqueue.msg_max)",
			 wanted->mq_maxmsg, wanted->mq_msgsize, (uintmax_t)limit.rlim_cur,
			 limit_remedy(RLIMIT_MSGQUEUE));
	else if (error == -EMSGSIZE)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "a message of %ld bytes is above fs.mqueue.msgsize_max, which is %" PRId64
			 ": %sraise it", wanted->mq_msgsize, longest,
			 file_access_who("/proc/sys/fs/mqueue/msgsize_max"));
	else if (error == -ENOSPC)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "no more message queues are allowed: %sraise fs.mqueue.queues_max",
			 file_access_who("/proc/sys/fs/mqueue/queues_max"));
}

/* A queue of fewer messages would be measured as something else than was asked for. */
static int check_queue(mqd_t queue, const struct mq_attr *wanted)
{
	struct mq_attr got;

	if (mq_getattr(queue, &got))
		return -errno;
	if (got.mq_maxmsg < wanted->mq_maxmsg || got.mq_msgsize < wanted->mq_msgsize)
		return -ENOBUFS;
	return 0;
}

static int make_queue(const char *name, int digit, struct mq_attr *wanted, mqd_t *ret)
{
	char full[NAME_MAX + 1];

	snprintf(full, sizeof(full), "%s%d", name, digit);
	*ret = mq_open(full, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, wanted);
	if (*ret == -1)
		return errno == EINVAL ? -EMSGSIZE : -errno;
	if (mq_unlink(full))
		return -errno;
	return check_queue(*ret, wanted);
}

static int queues_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct queues *queues = state;
	struct mq_attr wanted;
	int64_t longest = 0;
	int error = plan_queue(config, &wanted, &longest);

	queues->queue[0] = queues->queue[1] = -1;
	for (int side = 0; side < channel_directions(config) && !error; side++)
		error = make_queue(config->name, side, &wanted, &queues->queue[side]);
	if (error) {
		explain(error, &wanted, longest, ret_reason);
		queues_close(queues);
	}
	return error;
}

static int queues_enter(struct channel_end *end)
{
	const struct queues *queues = end->state;

	end->fd_out = queues->queue[end->side];
	end->fd_in = queues->queue[1 - end->side];
	return 0;
}

static void queues_leave(struct channel_end *end)
{
	end->fd_out = end->fd_in = -1;
}

/* One description serves both sides: what is not to block the receiver does not block us. */
static inline int queue_send(struct channel_end *end, size_t bytes)
{
	while (mq_send(end->fd_out, (const char *)end->out, bytes, 0)) {
		int error = channel_write_again(end->fd_out);

		if (error)
			return error;
	}
	return 0;
}

/* Room for the longest message is demanded, whatever comes. */
static inline int queue_receive(struct channel_end *end, size_t bytes)
{
	ssize_t got;

	do
		got = mq_receive(end->fd_in, (char *)end->in, end->message_bytes, NULL);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return -errno;
	return (size_t)got == bytes ? 0 : -EBADMSG;
}

CHANNEL_LOOPS(queue);

const struct channel channel_posix_mq = {
	.about = { "posix-mq", "POSIX message queues, one each way",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_NAMED | CHANNEL_IPC |
		   CHANNEL_POLLED | CHANNEL_MANY_SENDERS },
	.state_bytes = sizeof(struct queues),
	.open = queues_open,
	.enter = queues_enter,
	.leave = queues_leave,
	.close = queues_close,
	CHANNEL_HOOKS(queue),
};
