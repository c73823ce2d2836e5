/* SPDX-License-Identifier: MIT */
/* fork-server: a small waiting process forks on request; poll() on a pidfd sees the end. */
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/helper-process.h"
#include "kernel/raw-syscall.h"
#include "spawner/clone3-probe.h"
#include "spawner/mechanism/list.h"

/* With error 0 a pidfd comes along. */
struct reply {
	int32_t error;
	int32_t pid;
};

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

static void attach(struct msghdr *message, union control *control, int descriptor)
{
	struct cmsghdr *header;

	message->msg_control = control->bytes;
	message->msg_controllen = sizeof(control->bytes);
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(descriptor));
	memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
}

static int zygote_reply(int socket, struct reply reply, int pidfd)
{
	union control control = { 0 };
	struct iovec data = { &reply, sizeof(reply) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (pidfd != -1)
		attach(&message, &control, pidfd);
	return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(reply) ? 0 : -errno;
}

/* The task's parent is this process, and with it the task must end. */
static int zygote_spawn(int socket, struct spawn_task *task)
{
	int pidfd = -1, error;
	struct clone_args arguments = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	task->creator = getpid();
	pid = raw_syscall(SYS_clone3, (long)&arguments, sizeof(arguments), 0, 0, 0, 0);
	if (pid == 0)
		spawn_task_exit(task);
	if (pid < 0)
		return zygote_reply(socket, (struct reply){ .error = (int32_t)pid }, -1);
	error = zygote_reply(socket, (struct reply){ .pid = (int32_t)pid }, pidfd);
	close(pidfd);
	return error;
}

/* SIGCHLD ignored: the kernel reaps its children, nobody here waits for them. */
static void zygote_run(int socket, const void *argument)
{
	struct spawn_task *task;
	int error = signal(SIGCHLD, SIG_IGN) == SIG_ERR;

	(void)argument;
	while (!error && recv(socket, &task, sizeof(task), 0) == sizeof(task))
		error = zygote_spawn(socket, task);
}

/* The descriptor that came along, or -1. */
static int attached(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int descriptor = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
	return descriptor;
}

/* A zygote that has died is an end of file. */
static int server_listen(const struct helper *zygote, struct reply *ret_reply, int *ret_pidfd)
{
	union control control;
	struct iovec data = { ret_reply, sizeof(*ret_reply) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t got;

	do
		got = recvmsg(zygote->socket, &message, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return -errno;
	if (got != sizeof(*ret_reply))
		return -ECHILD;
	*ret_pidfd = attached(&message);
	return ret_reply->error;
}

static void server_close(void *state)
{
	helper_end(state);
}

static int server_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	const struct helper_task work = { .socket_type = SOCK_SEQPACKET, .run = zygote_run };
	int error = clone3_probe(ret_reason);

	(void)config;
	return error ? error : helper_begin(state, &work, ret_reason);
}

static int server_start(void *state, struct spawn_task *task)
{
	const struct helper *zygote = state;
	struct reply reply;
	ssize_t sent;
	int error;

	task->last = 0;
	do
		sent = send(zygote->socket, &task, sizeof(task), MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	if (sent == -1)
		return -errno;
	error = server_listen(zygote, &reply, &task->pidfd);
	if (error)
		return error;
	task->pid = reply.pid;
	/* A full descriptor table here cuts the pidfd off the message. */
	return task->pidfd == -1 ? -EMFILE : 0;
}

/* Its exit status goes to nobody: its last word in shared memory stands for it. */
static int server_reap(void *state, struct spawn_task *task)
{
	struct pollfd end = { .fd = task->pidfd, .events = POLLIN };
	int ready, error;

	(void)state;
	do
		ready = poll(&end, 1, -1);
	while (ready == -1 && errno == EINTR);
	error = ready == -1 ? -errno : 0;
	if (close(task->pidfd) && !error)
		error = -errno;
	if (!error && !__atomic_load_n(&task->last, __ATOMIC_ACQUIRE))
		error = -ECHILD;
	return error;
}

const struct spawner spawner_fork_server = {
	.about = { "fork-server", "a small waiting process forks for us and hands back a pidfd",
		   SPAWN_PROCESS | SPAWN_WAITS | SPAWN_COPY },
	.state_bytes = sizeof(struct helper),
	.open = server_open,
	.start = server_start,
	.reap = server_reap,
	.close = server_close,
};
