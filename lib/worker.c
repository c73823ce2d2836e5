/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "worker-seat.h"
#include "worker-sweep.h"

#define READ_BYTES 65536

struct worker {
	pid_t pid;
	int pidfd;
	int report_fd;
	bool has_ended;
	int status;
};

int worker_guard_init(void)
{
	/* Inherited as ignored it would let the kernel reap behind our back. */
	signal(SIGCHLD, SIG_DFL);
	return prctl(PR_SET_CHILD_SUBREAPER, 1) ? -errno : 0;
}

void worker_sweep(pid_t run_guard)
{
	worker_sweep_children(run_guard);
}

static int start(const struct worker_order *order, struct worker *ret)
{
	int report[2];
	pid_t supervisor = getpid();

	if (pipe2(report, O_CLOEXEC))
		return -errno;
	ret->pid = fork();
	if (ret->pid == 0)
		worker_seat_and_execute(order, report[1], supervisor);
	close(report[1]);
	if (ret->pid == -1) {
		int error = -errno;

		close(report[0]);
		return error;
	}
	fcntl(report[0], F_SETFL, O_NONBLOCK);
	ret->report_fd = report[0];
	ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
	ret->has_ended = false;
	ret->status = 0;
	return 0;
}

/* Room for one more read; what grows past the limit is garbage. */
static int make_room(struct worker_answer *answer)
{
	size_t room = answer->room ? 2 * answer->room : 4 * READ_BYTES;
	void *grown;

	if (answer->room - answer->bytes >= READ_BYTES)
		return 0;
	if (answer->room > 16 * (size_t)ROUND_MESSAGE_MAX)
		return -EMSGSIZE;
	grown = realloc(answer->buffer, room);
	if (!grown)
		return -ENOMEM;
	answer->buffer = grown;
	answer->room = room;
	return 0;
}

/* Everything that is there now; 1 at the end of the file. */
static int read_report(struct worker *worker, struct worker_answer *answer)
{
	for (;;) {
		int error = make_room(answer);
		ssize_t got;

		if (error)
			return error;
		got = read(worker->report_fd, (char *)answer->buffer + answer->bytes, READ_BYTES);
		if (got == 0)
			return 1;
		if (got == -1)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		answer->bytes += (size_t)got;
	}
}

static void reap(struct worker *worker, int flags)
{
	pid_t pid;

	do
		pid = waitpid(worker->pid, &worker->status, flags);
	while (pid == -1 && errno == EINTR);
	worker->has_ended = pid == worker->pid || pid == -1;
}

static void kill_worker(struct worker *worker)
{
	if (worker->has_ended)
		return;
	kill(worker->pid, SIGKILL);
	reap(worker, 0);
}

/* Milliseconds to wait at most; without a pidfd, look around often. */
static int patience_ms(const struct worker *worker, uint64_t deadline, uint64_t now)
{
	uint64_t left = deadline > now ? (deadline - now) / 1000000 + 1 : 0;

	if (worker->pidfd == -1 && left > 2)
		return 2;
	return left > 1000 ? 1000 : (int)left;
}

/* 0 when the worker has ended, -ETIME, -EINTR (a signal for us) or -errno. */
static int attend(const struct worker_order *order, struct worker *worker,
		  struct worker_answer *answer)
{
	uint64_t deadline = clock_raw_ns() + (uint64_t)order->deadline_ns;
	struct pollfd wait[2] = {
		{ .fd = worker->report_fd, .events = POLLIN },
		{ .fd = worker->pidfd, .events = POLLIN },
	};

	while (!worker->has_ended) {
		uint64_t now = clock_raw_ns();
		int error;

		if (order->signal && *order->signal)
			return -EINTR;
		if (now >= deadline)
			return -ETIME;
		if (poll(wait, 2, patience_ms(worker, deadline, now)) == -1 && errno != EINTR)
			return -errno;
		error = read_report(worker, answer);
		if (error < 0)
			return error;
		if (error == 1)
			wait[0].fd = -1;
		reap(worker, WNOHANG);
	}
	/* The last words may still be in the pipe. */
	return read_report(worker, answer) < 0 ? -EIO : 0;
}

static void describe_end(const struct worker_order *order, const struct worker *worker, int error,
			 const struct worker_answer *answer, struct round *ret_failure)
{
	char reason[160];

	if (error == -ETIME)
		snprintf(reason, sizeof(reason), "the worker did not answer within %.1f s and was "
			 "killed", order->deadline_ns / 1e9);
	else if (error)
		snprintf(reason, sizeof(reason), "the worker was given up: %s", strerror(-error));
	else if (WIFSIGNALED(worker->status))
		snprintf(reason, sizeof(reason), "the worker was killed by signal %d (%s)",
			 WTERMSIG(worker->status), strsignal(WTERMSIG(worker->status)));
	else if (WEXITSTATUS(worker->status))
		snprintf(reason, sizeof(reason), "the worker ended with status %d",
			 WEXITSTATUS(worker->status));
	else if (!answer->bytes)
		snprintf(reason, sizeof(reason), "the worker said nothing");
	else
		return;
	/* A worker that was seated in vain has said so itself. */
	if (!answer->bytes || error || WIFSIGNALED(worker->status))
		round_fail(ret_failure, ROUND_FAILED, 0, "worker", reason);
}

int worker_run(const struct worker_order *order, struct worker_answer *answer,
	       struct round *ret_failure)
{
	struct worker worker;
	int error;

	answer->bytes = 0;
	round_init(ret_failure, order->mechanism);
	error = start(order, &worker);
	if (error) {
		round_refuse(ret_failure, error, "worker", "");
		return 0;
	}
	error = attend(order, &worker, answer);
	kill_worker(&worker);
	close(worker.report_fd);
	if (worker.pidfd >= 0)
		close(worker.pidfd);
	worker_sweep_children(order->run_guard);
	if (error == -EINTR)
		return -EINTR;
	describe_end(order, &worker, error, answer, ret_failure);
	return 0;
}

void worker_answer_free(struct worker_answer *answer)
{
	free(answer->buffer);
	memset(answer, 0, sizeof(*answer));
}
