/* SPDX-License-Identifier: MIT */
/* sysv-msg: a System V message queue each way, msgsnd(2) and msgrcv(2). */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "kernel/file-access.h"
#include "kernel/ipc-limits.h"
#include "kernel/pages.h"

#define BUFFER_ALIGN 4096

struct queues {
	int id[2];                 /* by the side that sends; -1: there is none */
};

static void queues_close(void *state)
{
	struct queues *queues = state;

	for (int side = 0; side < 2; side++) {
		if (queues->id[side] != -1)
			msgctl(queues->id[side], IPC_RMID, NULL);
		queues->id[side] = -1;
	}
}

/* A message longer than msgmax is refused, one longer than msgmnb would wait for ever. */
static int check_limit(const char *path, uint64_t bytes, uint64_t wanted, char *ret_reason)
{
	int64_t limit;
	int error = ipc_limit_raise(path, wanted < INT_MAX ? (int64_t)wanted : INT_MAX, &limit);

	if (error || bytes <= (uint64_t)limit)
		return error;
	snprintf(ret_reason, CHANNEL_REASON_BYTES,
		 "a message of %" PRIu64 " bytes is above %s, which is %" PRId64 ": %sraise it",
		 bytes, path, limit, file_access_who(path));
	return -EMSGSIZE;
}

static int check_limits(const struct channel_config *config, char *ret_reason)
{
	uint64_t bytes = config->message_bytes, under_way;
	int error = check_limit("/proc/sys/kernel/msgmax", bytes, bytes, ret_reason);

	if (error)
		return error;
	if (__builtin_mul_overflow(bytes, config->depth, &under_way))
		under_way = UINT64_MAX;
	return check_limit("/proc/sys/kernel/msgmnb", bytes, under_way, ret_reason);
}

static int make_queues(struct queues *queues, const struct channel_config *config, char *ret_reason)
{
	queues->id[0] = queues->id[1] = -1;
	for (int side = 0; side < channel_directions(config); side++) {
		queues->id[side] = msgget(config->key + side, IPC_CREAT | IPC_EXCL | 0600);
		if (queues->id[side] == -1) {
			int error = -errno;

			if (error == -ENOSPC)
				snprintf(ret_reason, CHANNEL_REASON_BYTES,
					 "no more message queues are allowed: raise kernel.msgmni "
					 "or remove old ones (ipcs -q, ipcrm)");
			queues_close(queues);
			return error;
		}
	}
	return 0;
}

/* The ids hold nothing; to remove the queues is for who opened them. */
static void queues_forget(void *state)
{
	(void)state;
}

static int queues_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int error = check_limits(config, ret_reason);

	return error ? error : make_queues(state, config, ret_reason);
}

/* The kernel wants the type right before the text, which is to be aligned as everybody's. */
static size_t buffer_bytes(const struct channel_end *end)
{
	return BUFFER_ALIGN + (end->message_bytes + BUFFER_ALIGN - 1) / BUFFER_ALIGN * BUFFER_ALIGN;
}

static struct msgbuf *around(unsigned char *text)
{
	return (struct msgbuf *)(void *)(text - offsetof(struct msgbuf, mtext));
}

static int queues_enter(struct channel_end *end)
{
	const struct queues *queues = end->state;
	unsigned char *memory = pages_take(2 * buffer_bytes(end));

	if (!memory)
		return -ENOMEM;
	memset(memory, 0xff, 2 * buffer_bytes(end));   /* to have all of its pages */
	end->out = memory + BUFFER_ALIGN;
	end->in = end->out + buffer_bytes(end);
	around(end->out)->mtype = 1;
	end->fd_out = queues->id[end->side];
	end->fd_in = queues->id[1 - end->side];
	return 0;
}

static void queues_leave(struct channel_end *end)
{
	pages_give(end->out - BUFFER_ALIGN, 2 * buffer_bytes(end));
	end->out = end->in = NULL;
	end->fd_out = end->fd_in = -1;
}

/* A queue that was removed has no other meaning for us than that nobody is there. */
static inline int queue_error(int error)
{
	return error == EIDRM || error == EINVAL ? -EPIPE : -error;
}

static inline int queue_send(struct channel_end *end, size_t bytes)
{
	int result;

	do
		result = msgsnd(end->fd_out, around(end->out), bytes, 0);
	while (result == -1 && errno == EINTR);
	return result == -1 ? queue_error(errno) : 0;
}

/* Without MSG_NOERROR, which would cut it, a longer message is E2BIG. */
static inline int queue_receive(struct channel_end *end, size_t bytes)
{
	ssize_t got;

	do
		got = msgrcv(end->fd_in, around(end->in), bytes, 1, 0);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return errno == E2BIG ? -EBADMSG : queue_error(errno);
	return (size_t)got == bytes ? 0 : -EBADMSG;
}

CHANNEL_LOOPS(queue);

const struct channel channel_sysv_msg = {
	.about = { "sysv-msg", "System V message queues, one each way",
		   CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_NAMED | CHANNEL_IPC |
		   CHANNEL_MANY_SENDERS },
	.state_bytes = sizeof(struct queues),
	.open = queues_open,
	.enter = queues_enter,
	.leave = queues_leave,
	.close = queues_close,
	.forget = queues_forget,
	CHANNEL_HOOKS(queue),
};
