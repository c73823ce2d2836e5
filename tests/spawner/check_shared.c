/* SPDX-License-Identifier: MIT */
/* check_shared - what a worker of several windows says of one that ends in another way than it should */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kit/suite.h"
#include "measure/identity.h"
#include "measure/job-answer.h"
#include "spawner/round/shared.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LONG_NS 60000000000u
#define LATE_NS 1500000000u
#define SHORT_NS 20000000u
#define MESSAGE_BYTES 65536

static struct round answer;

static int send_answer(const struct spawn_job *job)
{
	job_begin(job, job->mechanism, &answer);
	round_fail(&answer, ROUND_SKIPPED, 0, "window", "a whole answer");
	return job_answer_bare(&spawn_job_kind, job, &answer);
}

static int fail_behind(const struct spawn_job *job)
{
	return send_answer(job) ? 1 : -EIO;
}

static int crash_behind(const struct spawn_job *job)
{
	if (!send_answer(job))
		abort();
	return 1;
}

static int send_garbage(const struct spawn_job *job)
{
	return write(job->report_fd, "garbage", 7) != 7;
}

static int send_too_much(const struct spawn_job *job)
{
	return send_answer(job) || send_garbage(job);
}

static int say_nothing(const struct spawn_job *job)
{
	(void)job;
	return 0;
}

static int be_killed(const struct spawn_job *job)
{
	(void)job;
	return raise(SIGKILL);
}

static int hang(const struct spawn_job *job)
{
	for (;;)
		pause();
	return !job;
}

/* While whoever waits may not run, until its patience is over; its end is a moment behind. */
static int answer_late(const struct spawn_job *job)
{
	const struct timespec wait = { 1, 700000000 }, moment = { 0, 100000000 };
	int error;

	kill(getppid(), SIGSTOP);
	nanosleep(&wait, NULL);
	error = send_answer(job);
	kill(getppid(), SIGCONT);
	nanosleep(&moment, NULL);
	return error;
}

/* It stands still with whoever waits, for longer than that has patience, and answers then. */
static int stand_still(const struct spawn_job *job)
{
	const struct timespec still = { 1, 700000000 }, moment = { 0, 400000000 };
	pid_t holder = getppid(), window = getpid(), helper = fork();

	if (helper == 0) {
		kill(holder, SIGSTOP);
		kill(window, SIGSTOP);
		nanosleep(&still, NULL);
		kill(holder, SIGCONT);
		kill(window, SIGCONT);
		_exit(0);
	}
	waitpid(helper, NULL, 0);
	nanosleep(&moment, NULL);
	return send_answer(job);
}

static const struct {
	int (*run)(const struct spawn_job *job);
	uint64_t patience_ns;
	const char *reason;
	uint32_t flags;
} windows[] = {
	{ send_answer, LONG_NS, "a whole answer", 0 },
	{ answer_late, LATE_NS, "a whole answer", 0 },
	{ stand_still, LATE_NS, "a whole answer", 0 },
	{ fail_behind, LONG_NS, "its process crashed or failed, or its answer is garbage", 0 },
	{ crash_behind, LONG_NS, "its process crashed or failed, or its answer is garbage", 0 },
	{ send_garbage, LONG_NS, "its process crashed or failed, or its answer is garbage", 0 },
	{ send_too_much, LONG_NS, "its process crashed or failed, or its answer is garbage", 0 },
	{ say_nothing, LONG_NS, "its process crashed or failed, or its answer is garbage", 0 },
	{ be_killed, LONG_NS, "its process was killed by signal 9 (Killed)", ROUND_DEATH },
	{ hang, SHORT_NS, "its process did not answer within its time, or said too much, and was killed",
	  0 },
};

/* The one round that stands in the pipe. */
static void read_round(int fd, struct round *ret)
{
	static _Alignas(8) char message[MESSAGE_BYTES], round[MESSAGE_BYTES];
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	ssize_t bytes = read(fd, message, sizeof(message));
	long begin;

	ck_assert_int_gt(bytes, 0);
	begin = identity_length(message, (size_t)bytes);
	ck_assert_int_gt(begin, 0);
	memcpy(round, message + begin, (size_t)(bytes - begin));
	ck_assert_int_eq(round_parse(round, (size_t)(bytes - begin), ret, pairs), bytes - begin);
}

START_TEST(end_of_a_window)
{
	static struct round round;
	struct spawn_job job;
	const struct spawn_shared shared = { &job, 1, windows[_i].run };
	int ends[2];

	spawn_job_init(&job);
	job.mechanism = "fork";
	job.patience_ns = windows[_i].patience_ns;
	ck_assert_int_eq(pipe(ends), 0);
	job.report_fd = ends[1];
	ck_assert_int_eq(spawn_shared_run(&shared), 0);
	close(ends[1]);
	read_round(ends[0], &round);
	close(ends[0]);
	ck_assert_str_eq(round.reason, windows[_i].reason);
	ck_assert_uint_eq(round.flags & ROUND_DEATH, windows[_i].flags);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shared");
	TCase *tcase = tcase_create("ends");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, end_of_a_window, 0, (int)COUNT_OF(windows));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
