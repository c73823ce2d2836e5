/* SPDX-License-Identifier: MIT */
#include "spawner/round/shared.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/pages.h"
#include "kernel/process-tie.h"
#include "kernel/standstill.h"
#include "measure/identity.h"
#include "measure/job-answer.h"
#include "measure/share.h"
#include "spawner/round/resident.h"

/* So much longer than its share of the budget may a turn take for its last round. */
#define LAST_ROUND_GRACE 1.1
/* From what a window says late to its end. */
#define LATE_NS 1000000000u

struct holder {
	const struct spawn_shared *shared;
	struct spawn_resident resident;
	struct round *round;           /* of those that a window could not send itself */
	char *message;                 /* of one window; ROUND_MESSAGE_MAX bytes */
	uint64_t begin_ns;
	double figures_ns;             /* of all windows of a round */
	struct share_costs costs;
};

static double elapsed_ns(const struct holder *holder)
{
	return (double)(clock_raw_ns() - holder->begin_ns);
}

/* In a pipe of its own, so that half a message never mixes with the next. */
static void become_window(const struct holder *holder, size_t i, int report_fd, pid_t parent)
{
	struct spawn_job *job = &holder->shared->jobs[i];

	if (process_tie(parent) || dup2(report_fd, job->report_fd) == -1)
		_exit(1);
	close(report_fd);
	job->prepared = &holder->resident;
	_exit(holder->shared->run(job) ? 1 : 0);
}

/* Looks are no further apart, so that time in which nobody may run shows. */
#define LOOK_MS 250
#define LOOK_NS (LOOK_MS * UINT64_C(1000000))

/* Milliseconds to wait at most. */
static int patience_ms(uint64_t now, uint64_t until)
{
	uint64_t left_ms = now < until ? (until - now) / 1000000 + 1 : 0;

	return left_ms < LOOK_MS ? (int)left_ms : LOOK_MS;
}

/* Everything until the window closes its end; given up if it takes too long or says too much. */
static size_t hear_window(const struct holder *holder, const struct spawn_job *job, int fd,
			  bool *ret_given_up)
{
	uint64_t until = clock_raw_ns() + job->patience_ns;
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	struct standstill standstill;
	bool is_late = false;
	size_t bytes = 0;

	standstill_begin(clock_raw_ns(), &standstill);
	*ret_given_up = false;
	for (;;) {
		uint64_t now = clock_raw_ns();
		ssize_t got;

		/* A window that had to stand still with us has so much longer. */
		until += standstill_look(&standstill, now, LOOK_NS);
		/* What is there counts, however late it is: we may have been stopped. */
		if (poll(&wait, 1, patience_ms(now, until)) != 1 || bytes == ROUND_MESSAGE_MAX) {
			*ret_given_up = bytes == ROUND_MESSAGE_MAX || now >= until;
			if (*ret_given_up)
				return 0;
			continue;
		}
		got = read(fd, holder->message + bytes, ROUND_MESSAGE_MAX - bytes);
		if (got == 0 || (got == -1 && errno != EINTR))
			return got ? 0 : bytes;
		bytes += got > 0 ? (size_t)got : 0;
		/* And so does its end, which may be a moment behind it. */
		if (!is_late && clock_raw_ns() >= until) {
			until = clock_raw_ns() + LATE_NS;
			is_late = true;
		}
	}
}

static bool is_whole(const struct holder *holder, size_t bytes)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	long begin = identity_length(holder->message, bytes);

	if (begin <= 0 || (size_t)begin >= bytes)
		return false;
	bytes -= (size_t)begin;
	return round_parse(holder->message + begin, bytes, holder->round, pairs) == (long)bytes;
}

static int send_failure(const struct holder *holder, const struct spawn_job *job, int error,
			const char *reason)
{
	round_init(holder->round, job->mechanism);
	round_fail(holder->round, ROUND_FAILED, error, "window", reason);
	return job_answer_bare(&spawn_job_kind, job, holder->round);
}

static int tell_end(const struct holder *holder, const struct spawn_job *job, bool was_given_up,
		    int status)
{
	if (was_given_up)
		return send_failure(holder, job, 0, "its process did not answer within its time, "
				    "or said too much, and was killed");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return send_failure(holder, job, -EOWNERDEAD,
				    "its process was killed by signal 9 (Killed)");
	return send_failure(holder, job, 0,
			    "its process crashed or failed, or its answer is garbage");
}

static int relay(struct holder *holder, const struct spawn_job *job, int fd, pid_t pid)
{
	bool was_given_up;
	size_t bytes = hear_window(holder, job, fd, &was_given_up);
	int status = 0;

	if (was_given_up)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !is_whole(holder, bytes))
		return tell_end(holder, job, was_given_up, status);
	holder->figures_ns += holder->round->figures_ns;
	return round_write(job->report_fd, holder->message, bytes);
}

static int run_window(struct holder *holder, size_t i)
{
	const struct spawn_job *job = &holder->shared->jobs[i];
	pid_t pid, parent = getpid();
	int report[2], error;

	if (pipe(report))
		return send_failure(holder, job, 0, "no descriptor for its answer");
	pid = fork();
	if (pid == 0) {
		close(report[0]);
		become_window(holder, i, report[1], parent);
	}
	close(report[1]);
	error = pid == -1 ? send_failure(holder, job, 0, "its process could not be forked")
			  : relay(holder, job, report[0], pid);
	close(report[0]);
	return error;
}

/* All windows of the round that begins with window `first`; *ret_next is behind them. */
static int run_round(struct holder *holder, size_t first, size_t *ret_next)
{
	const struct spawn_shared *shared = holder->shared;
	size_t i = first;
	int error = 0;

	for (; i < shared->count && shared->jobs[i].round == shared->jobs[first].round && !error; i++)
		error = run_window(holder, i);
	*ret_next = i;
	return error;
}

/* Whether another round belongs here, after `served` of them. */
static bool is_wanted(const struct holder *holder, size_t served)
{
	const struct spawn_job *job = &holder->shared->jobs[0];
	double until = (double)job->share_ns, spent = elapsed_ns(holder);

	/* The last one that lacks may be late: without it there is no interval. */
	if (served + 1 == job->share_rounds)
		until *= LAST_ROUND_GRACE;
	if (job->share_ns && spent + holder->costs.round_ns > until)
		return false;
	return served < share_rounds(&holder->costs, job->share_rounds, (double)job->share_ns);
}

static int run_rounds(struct holder *holder)
{
	size_t next = 0, served = 0;
	int error = 0;

	while (!error && next < holder->shared->count && (!served || is_wanted(holder, served))) {
		double begin = elapsed_ns(holder);

		holder->figures_ns = 0;
		error = run_round(holder, next, &next);
		/* Figures are taken once: the rounds that may follow have none. */
		holder->costs.round_ns = elapsed_ns(holder) - begin - holder->figures_ns;
		served++;
	}
	return error;
}

static int refuse_all(const struct holder *holder)
{
	int error = 0;

	for (size_t i = 0; i < holder->shared->count && !error; i++) {
		const struct spawn_job *job = &holder->shared->jobs[i];

		memset(holder->round->mechanism, 0, sizeof(holder->round->mechanism));
		strncpy(holder->round->mechanism, job->mechanism,
			sizeof(holder->round->mechanism) - 1);
		error = job_answer_bare(&spawn_job_kind, job, holder->round);
	}
	return error;
}

static int run_prepared(struct holder *holder)
{
	const struct spawn_job *job = &holder->shared->jobs[0];
	int error;

	round_init(holder->round, job->mechanism);
	if (spawn_resident_build(&holder->resident, job, holder->round)) {
		error = refuse_all(holder);
	} else {
		holder->resident.proved_kib = spawn_resident_look(job);
		holder->costs.prepare_ns = holder->resident.prepare_ns = elapsed_ns(holder);
		error = run_rounds(holder);
	}
	spawn_resident_drop(&holder->resident);
	return error;
}

int spawn_shared_run(const struct spawn_shared *shared)
{
	struct holder holder = {
		.shared = shared,
		.round = pages_take(sizeof(*holder.round)),
		.message = pages_take(ROUND_MESSAGE_MAX),
		.begin_ns = clock_raw_ns(),
	};
	const struct spawn_job *first = &shared->jobs[0];
	int error = holder.round && holder.message
		? run_prepared(&holder)
		: job_answer_refusal(&spawn_job_kind, first, -ENOMEM, "memory", "");

	pages_give(holder.round, sizeof(*holder.round));
	pages_give(holder.message, ROUND_MESSAGE_MAX);
	return error;
}
