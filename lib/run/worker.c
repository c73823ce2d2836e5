/* SPDX-License-Identifier: MIT */
#include "run/worker.h"

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

#include "kernel/clock.h"
#include "kernel/sysfile.h"
#include "run/seat.h"
#include "run/sweep.h"

#define READ_BYTES 65536
/* Looks at the clock are no further apart, so that time in which we may not run shows. */
#define WAIT_MS 250
/* Between two waits there is less to do. */
#define BUSY_NS UINT64_C(1000000000)
/* Between two SIGKILLs for one that does not end. */
#define KILL_AGAIN_NS 1000000000u

struct worker {
	pid_t pid;
	int pidfd;
	int report_fd;         /* -1: at its end */
	uint64_t end, silence; /* when it must have ended; ns from word to word, 0: any */
	uint64_t deadline;     /* the end, or that of its silence */
	bool has_started, has_ended;
	bool is_ready;         /* something is to be read, it has ended, or it is late */
	int status;
	int error;             /* of its start; or why it was given up */
};

/* The workers of one call. */
struct crew {
	struct standstill *standstill;
	struct worker_answer *answers;
	struct worker workers[CONCURRENT_MOST];
	size_t count;
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

static void set_deadline(struct worker *worker)
{
	uint64_t next = clock_raw_ns() + worker->silence;

	worker->deadline = worker->silence && next < worker->end ? next : worker->end;
}

static void start(const struct worker_order *order, struct worker *ret)
{
	int report[2];
	pid_t supervisor = getpid();

	*ret = (struct worker){ .pidfd = -1, .report_fd = -1, .has_ended = true };
	if (pipe2(report, O_CLOEXEC)) {
		ret->error = -errno;
		return;
	}
	ret->pid = fork();
	if (ret->pid == 0)
		worker_seat_and_execute(order, report[1], supervisor);
	ret->error = ret->pid == -1 ? -errno : 0;
	close(report[1]);
	if (ret->error) {
		close(report[0]);
		return;
	}
	fcntl(report[0], F_SETFL, O_NONBLOCK);
	ret->report_fd = report[0];
	ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
	ret->end = clock_raw_ns() + (uint64_t)order->deadline_ns;
	ret->silence = (uint64_t)order->silence_ns;
	set_deadline(ret);
	ret->has_started = true;
	ret->has_ended = false;
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
		set_deadline(worker);
	}
}

/* "pid (name) state ...": the name may hold anything, also ')'; the start is the 22nd. */
static uint64_t read_start_ns(pid_t pid)
{
	char path[64], text[1024] = "", *behind;
	unsigned long long ticks = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	sysfile_read_text("", path, text, sizeof(text));
	behind = strrchr(text, ')');
	if (!behind || sscanf(behind + 1, " %*c" " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			      " %*s %*s %*s %*s %*s %llu", &ticks) != 1)
		return 0;
	return ticks * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void reap(struct worker *worker, int flags)
{
	pid_t pid;

	do
		pid = waitpid(worker->pid, &worker->status, flags);
	while (pid == -1 && errno == EINTR);
	worker->has_ended = pid == worker->pid || pid == -1;
}

/* Milliseconds to wait at most; without a pidfd, look around often. */
static int patience_ms(const struct worker *worker, uint64_t now)
{
	uint64_t left = worker->deadline > now ? (worker->deadline - now) / 1000000 + 1 : 0;

	if (worker->pidfd == -1 && left > 2)
		return 2;
	return left > WAIT_MS ? WAIT_MS : (int)left;
}

static size_t count_at_work(const struct crew *crew)
{
	size_t count = 0;

	for (size_t i = 0; i < crew->count; i++)
		count += !crew->workers[i].has_ended;
	return count;
}

static void close_report(struct worker *worker)
{
	if (worker->report_fd >= 0)
		close(worker->report_fd);
	worker->report_fd = -1;
}

/* By what poll() says of its pipe and its end. */
static bool is_ready(const struct worker *worker, const struct pollfd wait[2], uint64_t now)
{
	return worker->pidfd == -1 || wait[0].revents || wait[1].revents || now >= worker->deadline;
}

/* After what takes allowed_ns: whoever had to stand still with us has so much longer. */
static void look_for_standstill(struct crew *crew, uint64_t allowed_ns)
{
	uint64_t lost_ns = crew->standstill
		? standstill_look(crew->standstill, clock_raw_ns(), allowed_ns) : 0;

	for (size_t i = 0; lost_ns && i < crew->count; i++) {
		crew->workers[i].end += lost_ns;
		crew->workers[i].deadline += lost_ns;
	}
}

/* Until one of those at work says something, ends or is late: those are ready then. */
static int wait_for_crew(struct crew *crew)
{
	struct pollfd wait[2 * CONCURRENT_MOST];
	uint64_t now;
	int patience = WAIT_MS;

	look_for_standstill(crew, BUSY_NS);
	now = clock_raw_ns();

	for (size_t i = 0; i < crew->count; i++) {
		const struct worker *worker = &crew->workers[i];
		int most = worker->has_ended ? patience : patience_ms(worker, now);

		wait[2 * i].fd = worker->has_ended ? -1 : worker->report_fd;
		wait[2 * i + 1].fd = worker->has_ended ? -1 : worker->pidfd;
		wait[2 * i].events = wait[2 * i + 1].events = POLLIN;
		wait[2 * i].revents = wait[2 * i + 1].revents = 0;
		patience = most < patience ? most : patience;
	}
	if (poll(wait, 2 * crew->count, patience) == -1 && errno != EINTR)
		return -errno;
	look_for_standstill(crew, (uint64_t)patience * 1000000);
	now = clock_raw_ns();
	for (size_t i = 0; i < crew->count; i++)
		crew->workers[i].is_ready = !crew->workers[i].has_ended &&
					    is_ready(&crew->workers[i], &wait[2 * i], now);
	return 0;
}

/* What is there.  What has ended, or is too much, is not listened to again. 0 or -errno. */
static int hear(struct worker *worker, struct worker_answer *answer)
{
	int error = worker->report_fd == -1 ? 0 : read_report(worker, answer);

	if (error)
		close_report(worker);
	return error < 0 ? error : 0;
}

/*
 * Reads, and looks whether it has ended.  One that is late or talks too much is killed; its end
 * is awaited as that of any other, so that none of those has to wait for it.
 */
static void attend(struct worker *worker, struct worker_answer *answer)
{
	int error = hear(worker, answer);

	/* As long as it has not been reaped it is there. */
	if (!answer->started_ns)
		answer->started_ns = read_start_ns(worker->pid);
	reap(worker, WNOHANG);
	if (worker->has_ended)
		clock_mark(CLOCK_GETTIME, &answer->end);
	/* The last words may still be in the pipe. */
	if (worker->has_ended && !worker->error && !error)
		error = hear(worker, answer) ? -EIO : 0;
	if (!worker->has_ended && !error && clock_raw_ns() >= worker->deadline)
		error = -ETIME;
	if (!error)
		return;
	if (!worker->error)
		worker->error = error;
	close_report(worker);
	if (!worker->has_ended)
		kill(worker->pid, SIGKILL);
	worker->deadline = clock_raw_ns() + KILL_AGAIN_NS;
}

/* 0 when all have ended, -EINTR (a signal for us) or -errno. */
static int attend_crew(struct crew *crew, const volatile sig_atomic_t *signal)
{
	while (count_at_work(crew)) {
		int error = signal && *signal ? -EINTR : wait_for_crew(crew);

		if (error)
			return error;
		for (size_t i = 0; i < crew->count; i++)
			if (crew->workers[i].is_ready)
				attend(&crew->workers[i], &crew->answers[i]);
	}
	return 0;
}

static void describe_end(const struct worker_order *order, const struct worker *worker,
			 const struct worker_answer *answer, struct round *ret_failure)
{
	int error = worker->error;
	char reason[160];

	if (error == -ETIME)
		snprintf(reason, sizeof(reason), "the worker did not answer within %.1f s and was "
			 "killed", (order->silence_ns > 0 ? order->silence_ns : order->deadline_ns) / 1e9);
	else if (error)
		snprintf(reason, sizeof(reason), "the worker was given up: %s", strerror(-error));
	else if (WIFSIGNALED(worker->status))
		snprintf(reason, sizeof(reason), "the worker was killed by signal %d (%s)",
			 WTERMSIG(worker->status), strsignal(WTERMSIG(worker->status)));
	else if (WEXITSTATUS(worker->status))
		snprintf(reason, sizeof(reason), "the worker ended with status %d%s",
			 WEXITSTATUS(worker->status), answer->bytes ? " behind its answer" : "");
	else if (!answer->bytes)
		snprintf(reason, sizeof(reason), "the worker said nothing");
	else
		return;
	/* It has answered, and then said that it has failed. */
	round_fail(ret_failure, answer->bytes && WIFEXITED(worker->status) && !error
		   ? ROUND_CONTRADICTED : ROUND_FAILED, 0, "worker", reason);
}

/* All that was opened is closed, and who still works no longer does. */
static void dismiss(struct crew *crew, int error)
{
	for (size_t i = 0; i < crew->count; i++)
		if (!crew->workers[i].has_ended) {
			kill(crew->workers[i].pid, SIGKILL);
			if (!crew->workers[i].error)
				crew->workers[i].error = error;
		}
	for (size_t i = 0; i < crew->count; i++) {
		struct worker *worker = &crew->workers[i];

		if (!worker->has_ended)
			reap(worker, 0);
		close_report(worker);
		if (worker->pidfd >= 0)
			close(worker->pidfd);
	}
}

static void begin_answer(struct worker_answer *answer)
{
	answer->bytes = 0;
	answer->started_ns = 0;
	answer->end = (struct clock_mark){ .ticks = 0 };
	clock_mark(CLOCK_GETTIME, &answer->begin);
}

int worker_run_all(const struct worker_order *orders, size_t count, struct worker_answer *answers,
		   struct round *ret_failures)
{
	struct crew crew = { .answers = answers, .count = count };
	int error;

	if (!count || count > CONCURRENT_MOST)
		return -EINVAL;
	crew.standstill = orders->standstill;
	for (size_t i = 0; i < count; i++) {
		begin_answer(&answers[i]);
		round_init(&ret_failures[i], orders[i].mechanism);
		start(&orders[i], &crew.workers[i]);
	}
	error = attend_crew(&crew, orders->signal);
	dismiss(&crew, error);
	worker_sweep_children(orders->run_guard);
	for (size_t i = 0; i < count; i++)
		if (crew.workers[i].has_started)
			describe_end(&orders[i], &crew.workers[i], &answers[i], &ret_failures[i]);
		else
			round_refuse(&ret_failures[i], crew.workers[i].error, "worker", "");
	return error == -EINTR ? -EINTR : 0;
}

int worker_run(const struct worker_order *order, struct worker_answer *answer,
	       struct round *ret_failure)
{
	return worker_run_all(order, 1, answer, ret_failure);
}

void worker_answer_free(struct worker_answer *answer)
{
	free(answer->buffer);
	memset(answer, 0, sizeof(*answer));
}
