/* SPDX-License-Identifier: MIT */
#include "run/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "run/keeper.h"

#define READ_BYTES 65536
/* Looks at the clock are no further apart, so that time in which we may not run shows. */
#define WAIT_MS 250
/* Between two waits there is less to do. */
#define BUSY_NS UINT64_C(1000000000)
/* From SIGKILL to the worker's end, and from there until nothing of it is left. */
#define KILL_PATIENCE_NS 5000000000u
#define SWEEP_PATIENCE_NS 12000000000u
/* Where poll(2) itself fails. */
#define NAP_MS 2

struct worker {
	struct worker_keeper keeper;
	int report_fd;         /* -1: at its end */
	uint64_t end, silence; /* when it must have ended; ns from word to word, 0: any */
	uint64_t deadline;     /* the end, that of its silence, or that of what comes behind */
	bool has_started;
	bool has_told;         /* the worker has ended, with this status */
	bool was_stopped;      /* when it had to be killed */
	bool has_ended;        /* and nothing of it is left */
	bool is_dismissed;
	bool is_ready;         /* something is to be read, it has ended, or it is late */
	int status;
	int error;             /* of its start; or why it was given up */
};

/* The workers of one call. */
struct runnable_tasks {
	struct standstill *standstill;
	struct worker_answer *answers;
	struct worker workers[CONCURRENT_MOST];
	size_t count;
};

static void set_deadline(struct worker *worker)
{
	uint64_t next = clock_raw_ns() + worker->silence;

	worker->deadline = worker->silence && next < worker->end ? next : worker->end;
}

static void start(const struct worker_order *order, struct worker *ret)
{
	int report[2];

	*ret = (struct worker){ .report_fd = -1, .has_ended = true };
	if (pipe2(report, O_CLOEXEC)) {
		ret->error = -errno;
		return;
	}
	ret->error = worker_keeper_start(order, report[1], &ret->keeper);
	close(report[1]);
	if (ret->error) {
		close(report[0]);
		return;
	}
	fcntl(report[0], F_SETFL, O_NONBLOCK);
	ret->report_fd = report[0];
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
		if (!worker->has_told)
			set_deadline(worker);
	}
}

/* Milliseconds to wait at most. */
static int patience_ms(const struct worker *worker, uint64_t now)
{
	uint64_t left = worker->deadline > now ? (worker->deadline - now) / 1000000 + 1 : 0;

	return left > WAIT_MS ? WAIT_MS : (int)left;
}

static size_t count_at_work(const struct runnable_tasks *tasks)
{
	size_t count = 0;

	for (size_t i = 0; i < tasks->count; i++)
		count += !tasks->workers[i].has_ended;
	return count;
}

static void close_report(struct worker *worker)
{
	if (worker->report_fd >= 0)
		close(worker->report_fd);
	worker->report_fd = -1;
}

/* After what takes allowed_ns: whoever had to stand still with us has so much longer. */
static void look_for_standstill(struct runnable_tasks *tasks, uint64_t allowed_ns)
{
	uint64_t now = clock_raw_ns();
	uint64_t lost_ns = tasks->standstill ? standstill_look(tasks->standstill, now, allowed_ns) : 0;

	for (size_t i = 0; lost_ns && i < tasks->count; i++) {
		stops_add(&tasks->answers[i].standstills, now - lost_ns, now);
		tasks->workers[i].end += lost_ns;
		tasks->workers[i].deadline += lost_ns;
	}
}

/* Until one of those at work says something, ends or is late: those are ready then. */
static void wait_for_tasks(struct runnable_tasks *tasks)
{
	struct pollfd wait[2 * CONCURRENT_MOST];
	uint64_t now;
	int patience = WAIT_MS, found;

	look_for_standstill(tasks, BUSY_NS);
	now = clock_raw_ns();

	for (size_t i = 0; i < tasks->count; i++) {
		const struct worker *worker = &tasks->workers[i];
		int most = worker->has_ended ? patience : patience_ms(worker, now);

		wait[2 * i].fd = worker->has_ended ? -1 : worker->report_fd;
		wait[2 * i + 1].fd = worker->has_ended ? -1 : worker->keeper.line;
		wait[2 * i].events = wait[2 * i + 1].events = POLLIN;
		wait[2 * i].revents = wait[2 * i + 1].revents = 0;
		patience = most < patience ? most : patience;
	}
	found = poll(wait, 2 * tasks->count, patience);
	/* RLIMIT_NOFILE may be less than what is asked for: look at all of them, now and then. */
	if (found == -1 && errno != EINTR)
		poll(NULL, 0, NAP_MS);
	look_for_standstill(tasks, (uint64_t)patience * 1000000);
	now = clock_raw_ns();
	for (size_t i = 0; i < tasks->count; i++)
		tasks->workers[i].is_ready =
			!tasks->workers[i].has_ended &&
			(found == -1 || wait[2 * i].revents || wait[2 * i + 1].revents ||
			 now >= tasks->workers[i].deadline);
}

/* What is there.  What has ended, or is too much, is not listened to again. 0 or -errno. */
static int hear(struct worker *worker, struct worker_answer *answer)
{
	int error = worker->report_fd == -1 ? 0 : read_report(worker, answer);

	if (error)
		close_report(worker);
	return error < 0 ? error : 0;
}

/* The worker is killed.  Its end is awaited as that of any other: nobody has to wait for it. */
static void give_up(struct worker *worker, int error)
{
	if (!worker->error)
		worker->error = error;
	close_report(worker);
	if (worker->has_ended || worker->is_dismissed)
		return;
	worker_keeper_dismiss(&worker->keeper);
	worker->is_dismissed = true;
	if (!worker->has_told)
		worker->deadline = clock_raw_ns() + KILL_PATIENCE_NS;
}

static void end(struct worker *worker)
{
	worker_keeper_end(&worker->keeper);
	worker->has_ended = true;
	/* It was killed, and the worker with it. */
	if (!worker->has_told && !worker->error)
		worker->error = -ECHILD;
}

static void hear_keeper(struct worker *worker, struct worker_answer *answer)
{
	enum worker_keeper_word word;
	struct worker_end told;

	do {
		word = worker_keeper_hear(&worker->keeper, &told);
		if (word == KEEPER_TOLD) {
			worker->has_told = true;
			worker->status = (int)told.status;
			worker->was_stopped = told.was_stopped != 0;
			answer->started_ns = told.started_ns;
			answer->stops = told.stops;
			clock_mark(CLOCK_GETTIME, &answer->end);
			worker->deadline = clock_raw_ns() + SWEEP_PATIENCE_NS;
		}
	} while (word == KEEPER_TOLD);
	if (word == KEEPER_ENDED)
		end(worker);
}

/* Of one that is late: the worker is killed; then who should have seen to that. */
static void hurry(struct worker *worker)
{
	if (!worker->is_dismissed && !worker->has_told) {
		give_up(worker, -ETIME);
		return;
	}
	worker_keeper_kill(&worker->keeper);
	end(worker);
}

/* Reads what is there, and looks whether it has ended. */
static void attend(struct worker *worker, struct worker_answer *answer)
{
	bool had_told = worker->has_told;
	int error = hear(worker, answer);

	hear_keeper(worker, answer);
	/* Its last words may still be in the pipe; what comes later is not its own. */
	if (worker->has_told && !had_told && !worker->error && !error) {
		error = hear(worker, answer);
		close_report(worker);
	}
	if (error)
		give_up(worker, error);
	if (!worker->has_ended && clock_raw_ns() >= worker->deadline)
		hurry(worker);
}

/* 0 when all have ended; -EINTR: a signal for us, and they were made to end. */
static int attend_tasks(struct runnable_tasks *tasks, const volatile sig_atomic_t *signal)
{
	int error = 0;

	while (count_at_work(tasks)) {
		if (signal && *signal && !error) {
			error = -EINTR;
			for (size_t i = 0; i < tasks->count; i++)
				if (!tasks->workers[i].has_told)
					give_up(&tasks->workers[i], error);
		}
		wait_for_tasks(tasks);
		for (size_t i = 0; i < tasks->count; i++)
			if (tasks->workers[i].is_ready)
				attend(&tasks->workers[i], &tasks->answers[i]);
	}
	return error;
}

static void describe_end(const struct worker_order *order, const struct worker *worker,
			 const struct worker_answer *answer, struct round *ret_failure)
{
	double patience_s = (order->silence_ns > 0 ? order->silence_ns : order->deadline_ns) / 1e9;
	int error = worker->error;
	bool is_death = error == -ECHILD || (!error && WIFSIGNALED(worker->status));
	char reason[160];

	if (error == -ETIME && worker->was_stopped)
		snprintf(reason, sizeof(reason), "the worker was stopped (SIGSTOP or its like), "
			 "did not go on within %.1f s and was killed", patience_s);
	else if (error == -ETIME)
		snprintf(reason, sizeof(reason), "the worker did not answer within %.1f s and was "
			 "killed", patience_s);
	else if (error == -ECHILD)
		snprintf(reason, sizeof(reason), "the worker was killed with the process that "
			 "keeps it (signal 9, Killed)");
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
		   ? ROUND_CONTRADICTED : ROUND_FAILED, is_death ? -EOWNERDEAD : 0, "worker",
		   reason);
}

static bool was_killed(const struct worker *worker)
{
	return worker->error == -ECHILD ||
	       (!worker->error && WIFSIGNALED(worker->status) && WTERMSIG(worker->status) == SIGKILL);
}

static void begin_answer(struct worker_answer *answer)
{
	answer->bytes = 0;
	answer->was_killed = false;
	answer->started_ns = 0;
	answer->stops.count = answer->standstills.count = 0;
	answer->end = (struct clock_mark){ .ticks = 0 };
	clock_mark(CLOCK_GETTIME, &answer->begin);
}

int worker_run_all(const struct worker_order *orders, size_t count, struct worker_answer *answers,
		   struct round *ret_failures)
{
	struct runnable_tasks tasks = { .answers = answers, .count = count };
	int error;

	if (!count || count > CONCURRENT_MOST)
		return -EINVAL;
	tasks.standstill = orders->standstill;
	for (size_t i = 0; i < count; i++) {
		begin_answer(&answers[i]);
		round_init(&ret_failures[i], orders[i].mechanism);
		start(&orders[i], &tasks.workers[i]);
	}
	error = attend_tasks(&tasks, orders->signal);
	for (size_t i = 0; i < count; i++) {
		close_report(&tasks.workers[i]);
		answers[i].was_killed = tasks.workers[i].has_started && was_killed(&tasks.workers[i]);
		if (tasks.workers[i].has_started)
			describe_end(&orders[i], &tasks.workers[i], &answers[i], &ret_failures[i]);
		else
			round_refuse(&ret_failures[i], tasks.workers[i].error, "worker", "");
	}
	return error;
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
