/* SPDX-License-Identifier: MIT */
#include "kernel/helper-process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/errno-reason.h"
#include "kernel/process-tie.h"

static int close_all_but(int kept)
{
	if (kept > 0 && syscall(SYS_close_range, 0, kept - 1, 0))
		return -errno;
	return syscall(SYS_close_range, kept + 1, ~0u, 0) ? -errno : 0;
}

static int settle_in(int socket, const struct helper_task *task, pid_t creator)
{
	int error = task->may_outlive ? 0 : process_tie(creator);

	/* A session of its own hears no Ctrl-C. */
	if (task->may_outlive && (setsid() == -1 || prctl(PR_SET_NAME, GUARD_NAME)))
		return -errno;
	return error ? error : close_all_but(socket);
}

static void helper_main(int socket, const struct helper_task *task, pid_t creator)
	__attribute__((noreturn));
static void helper_main(int socket, const struct helper_task *task, pid_t creator)
{
	int error = settle_in(socket, task, creator);

	if (send(socket, &error, sizeof(error), MSG_NOSIGNAL) != sizeof(error) || error)
		_exit(1);
	task->run(socket, task->argument);
	_exit(0);
}

int helper_listen(const struct helper *helper, void *ret_message, size_t size)
{
	ssize_t got;

	do
		got = recv(helper->socket, ret_message, size, 0);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return -errno;
	return (size_t)got == size ? 0 : -ECHILD;
}

int helper_hear(const struct helper *helper, void *ret_message, size_t size)
{
	struct pollfd wait = { .fd = helper->socket, .events = POLLIN };
	uint64_t deadline = clock_raw_ns() + HELPER_PATIENCE_MS * 1000000ull, now;
	int ready = 0;

	while (!ready && (now = clock_raw_ns()) < deadline) {
		ready = poll(&wait, 1, (int)((deadline - now) / 1000000) + 1);
		if (ready == -1 && errno != EINTR)
			return -errno;
		ready = ready == -1 ? 0 : ready;
	}
	return ready ? helper_listen(helper, ret_message, size) : -ETIMEDOUT;
}

int helper_wait(const struct helper *helper)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(helper->pid, &status, 0);
	while (pid == -1 && errno == EINTR);
	return pid == -1 ? -1 : status;
}

void helper_end(const struct helper *helper)
{
	/* kill() takes 0 and -1 for many processes. */
	if (helper->pid <= 0)
		return;
	close(helper->socket);
	kill(helper->pid, SIGKILL);
	helper_wait(helper);
}

static int helper_fork(struct helper *helper, const struct helper_task *task)
{
	pid_t creator = getpid();
	int sockets[2], error;

	if (socketpair(AF_UNIX, task->socket_type | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	helper->socket = sockets[0];
	helper->pid = fork();
	if (helper->pid == 0)
		helper_main(sockets[1], task, creator);
	error = helper->pid == -1 ? -errno : 0;
	close(sockets[1]);
	if (error)
		close(sockets[0]);
	return error;
}

static const char *reason_of(int error)
{
	switch (error) {
	case -ENOSYS:
		return errno_filter_is_possible("")
			? "close_range is refused: Linux before 5.9, or a seccomp filter"
			: "close_range is not there: Linux before 5.9";
	case -EPERM:
		return "a process that waits for work may not be made or settled (fork, setsid, prctl, "
		       "close_range): a seccomp filter refuses it";
	case -EAGAIN:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return "so many processes or descriptors are not allowed: "
		       "see RLIMIT_NPROC and RLIMIT_NOFILE";
	case -ETIMEDOUT:
		return "a process that was to wait for work has said nothing for 3 s";
	default:
		return "a process that was to wait for work ended at once";
	}
}

int helper_begin(struct helper *helper, const struct helper_task *task, const char **ret_reason)
{
	int error = helper_fork(helper, task), failed;

	if (!error) {
		error = helper_hear(helper, &failed, sizeof(failed));
		error = error ? error : failed;
		if (error)
			helper_end(helper);
	}
	if (error)
		*ret_reason = reason_of(error);
	return error;
}
