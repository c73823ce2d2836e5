/* SPDX-License-Identifier: MIT */
/*
 * check_worker - lib/run/worker with workers of every bad habit.
 *
 * The workers are this program itself: executed with "play" and a role, it answers, lies, dies,
 * hangs or leaves orphans, and writes what it has seen into a file.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kit/fake-root.h"
#include "kernel/affinity.h"
#include "kernel/helper-process.h"
#include "measure/mechanism.h"
#include "run/answer.h"
#include "run/job.h"
#include "run/reap.h"
#include "run/worker.h"
#include "spawner/round/job.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SHORT_NS 2e8
#define LONG_NS 60e9
#define LIFE_SECONDS 120
#define GENERATIONS 200
#define COMPANY 5
#define DRIPS 15
#define DRIP_MS 150

static char program[4096];

/*
 * The workers
 */

static const struct histogram_pair one_pair = { 10, 1 };

static void fill_answer(struct round *round)
{
	round_init(round, "worker's own");
	round->series_count = 1;
	round->series[0] = (struct round_series){ "life", 0, 1, 1, 10, 10, 10, 10, 0, 0, 10, 1 };
	round_add_proof(round, "children", PROOF_EQUAL, 1, 1);
}

static void play_answer(void)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { &one_pair };
	struct round round;

	fill_answer(&round);
	if (round_send(WORKER_REPORT_FD, &round, pairs))
		_exit(77);
}

static void play_garbage(size_t bytes)
{
	char text[4096];

	memset(text, 'x', sizeof(text));
	while (bytes) {
		size_t part = bytes < sizeof(text) ? bytes : sizeof(text);
		ssize_t written = write(WORKER_REPORT_FD, text, part);

		if (written < 0)
			_exit(77);
		bytes -= (size_t)written;
	}
}

static void play_pieces(void)
{
	struct round round;
	size_t half = sizeof(round) / 2;
	ssize_t ignored;

	fill_answer(&round);
	round.bytes = sizeof(round) + sizeof(one_pair);
	ignored = write(WORKER_REPORT_FD, &round, half);
	usleep(50000);
	ignored = write(WORKER_REPORT_FD, (char *)&round + half, sizeof(round) - half);
	usleep(50000);
	ignored = write(WORKER_REPORT_FD, &one_pair, sizeof(one_pair));
	(void)ignored;
}

/* Slower in all than it may be silent; never that long without a word. */
static void play_drip(void)
{
	struct round round;
	char *bytes = (char *)&round;
	size_t part = sizeof(round) / DRIPS + 1;

	fill_answer(&round);
	round.bytes = sizeof(round) + sizeof(one_pair);
	for (size_t at = 0; at < sizeof(round); at += part) {
		if (write(WORKER_REPORT_FD, bytes + at,
			  sizeof(round) - at < part ? sizeof(round) - at : part) < 0)
			_exit(77);
		usleep(DRIP_MS * 1000);
	}
	if (write(WORKER_REPORT_FD, &one_pair, sizeof(one_pair)) < 0)
		_exit(77);
}

static void play_truncated(void)
{
	struct round round;

	fill_answer(&round);
	round.bytes = sizeof(round) + sizeof(one_pair);
	if (write(WORKER_REPORT_FD, &round, sizeof(round)) < 0)
		_exit(77);
}

static void note(const char *file, const char *format, long value)
{
	char line[64];
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	int length = snprintf(line, sizeof(line), format, value);

	if (fd == -1 || write(fd, line, (size_t)length) != length)
		_exit(77);
	close(fd);
}

/*
 * After every fork: a worker that nobody ends ends itself, also if it is stopped or deaf, so that
 * no test that fails leaves one for good.
 */
static void limit_life(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	const struct itimerspec life = { .it_value = { LIFE_SECONDS, 0 } };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &life, NULL))
		_exit(77);
}

static void wait_for_the_end(const char *file)
{
	if (file)
		note(file, "%ld\n", getpid());
	for (;;)
		pause();
}

/* How many lines of pids there are. */
static int count_lines(const char *file)
{
	FILE *stream = fopen(file, "re");
	int count = 0;

	for (int c; stream && (c = fgetc(stream)) != EOF;)
		count += c == '\n';
	if (stream)
		fclose(stream);
	return count;
}

/* Ends only when as many as are run at once are there. */
static void play_meet(const char *file)
{
	note(file, "%ld\n", getpid());
	while (count_lines(file) < COMPANY)
		usleep(1000);
}

enum habit { PLAIN, OWN_SESSION, DEAF, STOPPED, DAEMON };

static void leave_orphan(const char *file, enum habit habit)
{
	if (fork() > 0)
		return;
	if (habit == OWN_SESSION || habit == DAEMON)
		setsid();
	if (habit == DAEMON && fork() > 0)
		_exit(0);
	limit_life();
	if (habit == DEAF)
		for (int i = 1; i < 65; i++)
			signal(i, SIG_IGN);
	if (habit == STOPPED) {
		note(file, "%ld\n", getpid());
		raise(SIGSTOP);
	}
	wait_for_the_end(file);
}

static void play_orphans(const char *file)
{
	for (int habit = PLAIN; habit <= DAEMON; habit++)
		leave_orphan(file, (enum habit)habit);
	while (count_lines(file) <= DAEMON)
		usleep(1000);
}

/* Each is the parent of the next and gone at once. */
static void play_chain(void)
{
	for (int i = 0; i < GENERATIONS; i++)
		if (fork() > 0)
			_exit(0);
	limit_life();
	wait_for_the_end(NULL);
}

static void play_guard(const char *file)
{
	int pipes[2];
	char byte;

	if (pipe2(pipes, O_CLOEXEC))
		_exit(77);
	if (fork() > 0) {
		/* its name is written */
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) == 1 ? 0 : 77);
	}
	limit_life();
	setsid();
	prctl(PR_SET_NAME, GUARD_NAME);
	if (write(pipes[1], "", 1) != 1)
		_exit(77);
	usleep(100000);
	note(file, "tidied %ld\n", 1);
	_exit(0);
}

/* What this process was given, a line each. */
static void play_facts(const char *file)
{
	const char *padding = getenv("HANDOFF_PADDING");
	struct sigaction action;
	struct stat in, out, null;
	sigset_t blocked;
	long ignored = 0, blocks = 0;

	for (int i = 1; i < 32; i++) {
		sigaction(i, NULL, &action);
		ignored |= action.sa_handler == SIG_IGN ? 1l << i : 0;
	}
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int i = 1; i < 65; i++)
		blocks += sigismember(&blocked, i) == 1;
	stat("/dev/null", &null);
	fstat(STDIN_FILENO, &in);
	fstat(STDOUT_FILENO, &out);
	note(file, "padding %ld\n", padding ? (long)strlen(padding) : -1);
	note(file, "ignored %ld\n", ignored & (1l << SIGPIPE | 1l << SIGXFSZ | 1l << SIGCHLD));
	note(file, "blocked %ld\n", blocks);
	note(file, "leads %ld\n", getsid(0) == getpid());
	note(file, "in %ld\n", in.st_rdev == null.st_rdev);
	note(file, "out %ld\n", out.st_rdev == null.st_rdev);
	note(file, "cpus %ld\n", affinity_count());
	note(file, "cpu %ld\n", sched_getcpu());
	note(file, "policy %ld\n", syscall(SYS_sched_getscheduler, 0));
	note(file, "stray %ld\n", fcntl(17, F_GETFD) != -1);
	if (write(WORKER_CONTROL_FD, "control", 7) == 7)
		note(file, "control %ld\n", write(WORKER_ACK_FD, "ack", 3));
}

static int play(const char *role, const char *file)
{
	limit_life();
	if (!strcmp(role, "answer"))
		play_answer();
	else if (!strcmp(role, "pieces"))
		play_pieces();
	else if (!strcmp(role, "drip"))
		play_drip();
	else if (!strcmp(role, "garbage"))
		play_garbage(100);
	else if (!strcmp(role, "flood"))
		play_garbage(1u << 30);
	else if (!strcmp(role, "large"))
		play_garbage(1u << 20);
	else if (!strcmp(role, "truncated"))
		play_truncated();
	else if (!strcmp(role, "exit 3"))
		return 3;
	else if (!strcmp(role, "killed"))
		raise(SIGKILL);
	else if (!strcmp(role, "terminated"))
		raise(SIGTERM);
	else if (!strcmp(role, "stopped"))
		raise(SIGSTOP);
	else if (!strcmp(role, "hang"))
		wait_for_the_end(file);
	else if (!strcmp(role, "orphans"))
		play_orphans(file);
	else if (!strcmp(role, "meet"))
		play_meet(file);
	else if (!strcmp(role, "chain"))
		play_chain();
	else if (!strcmp(role, "guard"))
		play_guard(file);
	else if (!strcmp(role, "facts"))
		play_facts(file);
	else if (!strcmp(role, "mute"))
		close(WORKER_REPORT_FD);
	else if (strcmp(role, "silent"))
		return 99;
	return 0;
}

static void play_then_answer(const char *role, const char *file)
{
	int status = play(role, file);

	if (status)
		_exit(status);
	play_answer();
}

/* "ROLE", "answer, ROLE" or "ROLE, answer" */
static int play_all(const char *role, const char *file)
{
	char word[64];

	if (!strncmp(role, "answer, ", 8)) {
		play_answer();
		return play(role + 8, file);
	}
	snprintf(word, sizeof(word), "%s", role);
	if (strstr(word, ", answer")) {
		*strstr(word, ", answer") = '\0';
		play_then_answer(word, file);
		return 0;
	}
	return play(role, file);
}

/*
 * The tests
 */

static struct fake_root root;
static char file[FAKE_PATH_MAX];
static struct worker_answer answer;
static struct round failure;
static int descriptors;

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void set_up(void)
{
	fake_root_new(&root);
	snprintf(file, sizeof(file), "%s/seen", root.path);
	memset(&answer, 0, sizeof(answer));
	descriptors = open_descriptors();
}

/* Whatever the worker was like: no child, no descriptor, nothing. */
static void tear_down(void)
{
	ck_assert_int_eq(open_descriptors(), descriptors);
	errno = 0;
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
	worker_answer_free(&answer);
	ck_assert_ptr_null(answer.buffer);
	worker_answer_free(&answer);
	fake_root_free(&root);
}

static int run_order(struct worker_order *order, const char *role)
{
	char *const argv[] = { program, (char *)"play", (char *)role, file, NULL };

	if (!order->path)
		order->path = program;
	order->argv = argv;
	order->mechanism = "fork";
	return worker_run(order, &answer, &failure);
}

/* One that cannot be executed, or seated: said in its place, as an answer to its job. */
static void run_in_vain(struct worker_order *order, struct round *ret_round)
{
	char *const argv[] = { program, (char *)"mechanism=fork", (char *)"nonce=5", NULL };
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];

	if (!order->path)
		order->path = program;
	order->argv = argv;
	order->kind = &spawn_job_kind;
	order->mechanism = "fork";
	ck_assert_int_eq(worker_run(order, &answer, &failure), 0);
	ck_assert_int_eq(failure.status, ROUND_MEASURED);
	worker_answer_read(order, &answer, &failure, ret_round, pairs);
	ck_assert_int_eq(ret_round->status, ROUND_SKIPPED);
}

static int run(const char *role, double deadline_ns)
{
	struct worker_order order = { .control_fd = -1, .ack_fd = -1,
				      .deadline_ns = deadline_ns };

	return run_order(&order, role);
}

/* The answer as the supervisor reads it. */
static long parse(struct round *ret)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];

	return round_parse(answer.buffer, answer.bytes, ret, pairs);
}

static void check_answered(void)
{
	struct round round;

	ck_assert_int_eq(failure.status, ROUND_MEASURED);
	ck_assert_int_eq(parse(&round), (long)answer.bytes);
	ck_assert_int_eq(round.status, ROUND_MEASURED);
	ck_assert_str_eq(round.mechanism, "worker's own");
}

static const char *const honest[] = {
	"answer", "pieces", "orphans, answer", "answer, orphans", "answer, mute",
};

START_TEST(worker_that_answers)
{
	ck_assert_int_eq(run(honest[_i], LONG_NS), 0);
	check_answered();
}
END_TEST

/* Of each the reason, as people read it; the round is lost and no more than that. */
static const struct { const char *role; double deadline_ns; const char *reason; } lost[] = {
	{ "silent", LONG_NS, "the worker said nothing" },
	{ "mute", LONG_NS, "the worker said nothing" },
	{ "exit 3", LONG_NS, "the worker ended with status 3" },
	{ "killed", LONG_NS, "the worker was killed by signal 9 (Killed)" },
	{ "terminated", LONG_NS, "the worker was killed by signal 15 (Terminated)" },
	{ "answer, exit 3", LONG_NS, "the worker ended with status 3 behind its answer" },
	{ "answer, killed", LONG_NS, "the worker was killed by signal 9 (Killed)" },
	{ "hang", SHORT_NS, "the worker did not answer within 0.2 s and was killed" },
	{ "stopped", SHORT_NS, "the worker was stopped (SIGSTOP or its like), did not go on within "
			       "0.2 s and was killed" },
	{ "answer, hang", SHORT_NS, "the worker did not answer within 0.2 s and was killed" },
	{ "orphans", LONG_NS, "the worker said nothing" },
	{ "flood", LONG_NS, "the worker was given up: " },	/* EMSGSIZE */
	{ "chain", LONG_NS, "the worker said nothing" },
};

START_TEST(worker_that_is_lost)
{
	char reason[96];

	snprintf(reason, sizeof(reason), "%s%s", lost[_i].reason,
		 strstr(lost[_i].reason, "given up") ? strerror(EMSGSIZE) : "");
	ck_assert_int_eq(run(lost[_i].role, lost[_i].deadline_ns), 0);
	/* One that has answered, and then says that it has failed, is contradicted. */
	ck_assert_int_eq(failure.status, strstr(lost[_i].reason, "behind") ? ROUND_CONTRADICTED
									   : ROUND_FAILED);
	ck_assert_str_eq(failure.mechanism, "fork");
	ck_assert_str_eq(failure.step, "worker");
	ck_assert_str_eq(failure.reason, reason);
}
END_TEST

/* It has all the time it needs as long as it says something now and then. */
START_TEST(worker_that_is_silent_for_too_long)
{
	struct worker_order order = { .control_fd = -1, .ack_fd = -1, .deadline_ns = LONG_NS,
				      .silence_ns = SHORT_NS };

	ck_assert_int_eq(run_order(&order, "hang"), 0);
	ck_assert_int_eq(failure.status, ROUND_FAILED);
	ck_assert_str_eq(failure.reason, "the worker did not answer within 0.2 s and was killed");
	order.silence_ns = DRIPS * DRIP_MS * 1e6 * 9 / 10;
	ck_assert_int_eq(run_order(&order, "drip"), 0);
	check_answered();
}
END_TEST

/* Told by parsing, not by the worker's end. */
static const struct { const char *role; long parsed; size_t bytes; } lies[] = {
	{ "garbage", 0, 100 }, { "large", -EBADMSG, 1u << 20 },
	{ "truncated", 0, sizeof(struct round) },
	{ "answer, garbage", sizeof(struct round) + 8, sizeof(struct round) + 8 + 100 },
};

START_TEST(worker_that_lies)
{
	struct round round;

	ck_assert_int_eq(run(lies[_i].role, LONG_NS), 0);
	ck_assert_int_eq(failure.status, ROUND_MEASURED);
	ck_assert_uint_eq(answer.bytes, lies[_i].bytes);
	ck_assert_int_eq(parse(&round), lies[_i].parsed);
}
END_TEST

static bool is_gone(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

static pid_t parent_of(pid_t pid)
{
	char path[64], name[64];
	int parent = 0;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stream = fopen(path, "re");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fscanf(stream, "%*d %63s %*c %d", name, &parent), 2);
	fclose(stream);
	return parent;
}

static const char *const leavers[] = { "orphans", "orphans, answer", "answer, orphans" };

START_TEST(no_orphan_is_left)
{
	FILE *stream;
	long pid;
	int count = 0;

	ck_assert_int_eq(run(leavers[_i], LONG_NS), 0);
	stream = fopen(file, "re");
	ck_assert_ptr_nonnull(stream);
	for (; fscanf(stream, "%ld", &pid) == 1; count++)
		ck_assert_msg(is_gone((pid_t)pid), "orphan %d", count);
	fclose(stream);
	ck_assert_int_eq(count, DAEMON + 1);
}
END_TEST

/* It tidies up what a worker left, and is given its time. */
START_TEST(guard_is_waited_for)
{
	char text[32] = "";
	FILE *stream;

	ck_assert_int_eq(run("guard", LONG_NS), 0);
	stream = fopen(file, "re");
	ck_assert_msg(stream, "the guard was killed");
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), stream));
	fclose(stream);
	ck_assert_str_eq(text, "tidied 1\n");
}
END_TEST

START_TEST(reap_ends_every_child)
{
	pid_t pids[2];

	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			limit_life();
			wait_for_the_end(NULL);
		}
	}
	reap_children();
	ck_assert(is_gone(pids[0]));
	ck_assert(is_gone(pids[1]));
	reap_children();
}
END_TEST

/* What a look takes where there are thousands of processes; 0: no more than it does here. */
static int slow_look_ms;
static int slow_looks;

/* In place of libc's: the sweep pauses by it between its looks. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec wait = { timeout / 1000, timeout % 1000 * 1000000l };

	if (slow_look_ms && !count) {
		wait = (struct timespec){ 0, slow_look_ms * 1000000l };
		slow_looks++;
	}
	return ppoll(fds, count, timeout < 0 ? NULL : &wait, NULL);
}

static pid_t make_guard(void)
{
	pid_t pid = fork();

	if (!pid) {
		limit_life();
		prctl(PR_SET_NAME, GUARD_NAME);
		wait_for_the_end(NULL);
	}
	/* Its name, before anybody looks for it. */
	while (!reap_is_guard(pid))
		usleep(1000);
	return pid;
}

/* Patience is time, and not looks: those may be slow. */
START_TEST(sweep_is_over_in_time_however_slow_its_looks_are)
{
	pid_t guard = make_guard();

	slow_look_ms = 50;
	worker_sweep_within(UINT64_MAX, 200000000);
	ck_assert_int_eq(waitpid(guard, NULL, WNOHANG), 0);
	ck_assert_int_le(slow_looks, 4);
	slow_looks = 0;
	worker_sweep_within(100000000, UINT64_MAX);
	slow_look_ms = 0;
	ck_assert(is_gone(guard));
	/* two in its patience, one that kills it; to end may take it more */
	ck_assert_int_ge(slow_looks, 2);
}
END_TEST

/*
 * Children that we did not make for a worker: what a shell started before it became this program.
 */

enum stranger { ASLEEP, AT_REST, AT_ITS_END, STRANGERS };

/* Forks a child that orphans another in the middle of a round; that one notes its number. */
static pid_t start_breaker(const char *note_file)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (fork() > 0) {
		usleep(100000);
		_exit(7);
	}
	limit_life();
	wait_for_the_end(note_file);
	return 0;
}

static pid_t start_stranger(enum stranger kind)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (kind == AT_ITS_END)
		_exit(42);
	limit_life();
	if (kind == AT_REST)
		raise(SIGSTOP);
	wait_for_the_end(NULL);
	return 0;
}

static void end_stranger(pid_t pid, int wanted)
{
	int status;

	if (!WIFEXITED(wanted))
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, wanted);
}

static const char *const beside_strangers[] = { "answer", "orphans, answer", "killed", "hang" };

START_TEST(children_of_others_are_not_touched)
{
	char orphan_file[FAKE_PATH_MAX + 8];
	pid_t pids[STRANGERS], breaker;
	siginfo_t info = { .si_pid = 0 };
	int orphan = 0, status;
	FILE *stream;

	snprintf(orphan_file, sizeof(orphan_file), "%s-orphan", file);
	for (int i = 0; i < STRANGERS; i++)
		pids[i] = start_stranger((enum stranger)i);
	/* Orphans come to us: so does that of the breaker. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	breaker = start_breaker(orphan_file);
	while (count_lines(orphan_file) < 1)
		usleep(1000);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(run(beside_strangers[_i], SHORT_NS), 0);
	stream = fopen(orphan_file, "re");
	ck_assert_int_eq(fscanf(stream, "%d", &orphan), 1);
	fclose(stream);
	ck_assert_int_eq(waitpid(breaker, &status, 0), breaker);
	ck_assert_int_eq(status, 7 << 8);
	/* It lives, and has not been stopped. */
	ck_assert_int_eq(waitid(P_PID, (id_t)orphan, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT), 0);
	ck_assert_int_eq(info.si_pid, 0);
	end_stranger(orphan, SIGKILL);
	end_stranger(pids[ASLEEP], SIGKILL);
	end_stranger(pids[AT_REST], SIGKILL);
	end_stranger(pids[AT_ITS_END], 42 << 8);
}
END_TEST

/* The keeper is killed, and the worker with it: told within seconds, the worker is gone. */
START_TEST(keeper_that_is_killed)
{
	pid_t killer = fork();
	int worker = 0;
	FILE *stream;

	if (killer == 0) {
		while (count_lines(file) < 1)
			usleep(1000);
		stream = fopen(file, "re");
		if (fscanf(stream, "%d", &worker) == 1)
			kill(parent_of(worker), SIGKILL);
		_exit(0);
	}
	ck_assert_int_eq(run("hang", LONG_NS), 0);
	ck_assert_int_eq(waitpid(killer, NULL, 0), killer);
	ck_assert_int_eq(failure.status, ROUND_FAILED);
	ck_assert_ptr_nonnull(strstr(failure.reason, "killed"));
	stream = fopen(file, "re");
	ck_assert_int_eq(fscanf(stream, "%d", &worker), 1);
	fclose(stream);
	for (int look = 0; look < 5000 && !is_gone(worker); look++)
		usleep(1000);
	ck_assert(is_gone(worker));
}
END_TEST

static const struct { const char *path; int error; } nobody[] = {
	{ "/nowhere/handoff-worker", ENOENT }, { "/", EACCES }, { "/dev/null", EACCES },
	{ "/proc/self/exe/worker", ENOTDIR }, { "", ENOENT },
};

START_TEST(program_that_cannot_be_executed)
{
	struct worker_order order = { .path = nobody[_i].path, .control_fd = -1, .ack_fd = -1,
				      .deadline_ns = LONG_NS };
	struct round round;

	run_in_vain(&order, &round);
	ck_assert_int_eq(round.error, nobody[_i].error);
	ck_assert_str_eq(round.mechanism, "fork");
	ck_assert_str_eq(round.step, "execute");
	ck_assert_str_eq(round.reason, nobody[_i].path);
}
END_TEST

/* A seat that cannot be had is a skip that says so. */
enum bad_seat { BAD_CPU, BAD_NODE, BAD_POLICY };

static const struct { enum bad_seat which; const char *step; } bad_seats[] = {
	{ BAD_CPU, "affinity" }, { BAD_NODE, "memory policy" }, { BAD_POLICY, "scheduling policy" },
};

START_TEST(seat_that_cannot_be_had)
{
	static const struct seat seat = { "cpu:4094,4095", { 4094, 4095 }, { -1, -1 }, false, { -1, -1 }, NULL };
	static const struct sched_policy sched = { .policy = 4711 };
	static struct memory_policy memory = { .mode = MEMORY_BIND, .node_count = 1 };
	struct worker_order order = { .control_fd = -1, .ack_fd = -1, .deadline_ns = LONG_NS };
	struct round round;

	memory.nodes[COUNT_OF(memory.nodes) - 1] = 1;
	order.seat = bad_seats[_i].which == BAD_CPU ? &seat : NULL;
	order.memory = bad_seats[_i].which == BAD_NODE ? &memory : NULL;
	order.sched = bad_seats[_i].which == BAD_POLICY ? &sched : NULL;
	run_in_vain(&order, &round);
	ck_assert_str_eq(round.step, bad_seats[_i].step);
	ck_assert_int_ne(round.error, 0);
	ck_assert_uint_gt(strlen(round.reason), 20);
}
END_TEST

/* "cpu 3" of what the worker has seen; -2: not there. */
static long fact(const char *name)
{
	FILE *stream = fopen(file, "re");
	char word[32];
	long value, found = -2;

	ck_assert_ptr_nonnull(stream);
	while (fscanf(stream, "%31s %ld", word, &value) == 2)
		if (!strcmp(word, name))
			found = value;
	fclose(stream);
	return found;
}

START_TEST(worker_has_what_was_ordered)
{
	struct seat seat = { "same-cpu", { 0, 0 }, { -1, -1 }, false, { -1, -1 }, NULL };
	static const struct sched_policy sched = { .policy = SCHED_BATCH };
	struct worker_order order = {
		.seat = &seat, .sched = &sched, .padding_bytes = 1234,
		.control_fd = -1, .ack_fd = -1, .deadline_ns = LONG_NS,
	};

	seat.cpus[0] = seat.cpus[1] = sched_getcpu();
	ck_assert_int_eq(run_order(&order, "facts, answer"), 0);
	check_answered();
	ck_assert_int_eq(fact("padding"), 1234);
	ck_assert_int_eq(fact("leads"), 1);
	ck_assert_int_eq(fact("in"), 1);
	ck_assert_int_eq(fact("out"), 1);
	ck_assert_int_eq(fact("cpus"), 1);
	ck_assert_int_eq(fact("cpu"), seat.cpus[0]);
	ck_assert_int_eq(fact("policy"), SCHED_BATCH);
	ck_assert_int_eq(fact("control"), -2);
}
END_TEST

START_TEST(worker_that_floats_may_run_where_we_may)
{
	static const struct seat seat = { "float", { -1, -1 }, { -1, -1 }, true, { -1, -1 }, NULL };
	struct worker_order order = { .seat = &seat, .padding_bytes = 1u << 20,
				      .control_fd = -1, .ack_fd = -1, .deadline_ns = LONG_NS };

	ck_assert_int_eq(run_order(&order, "facts, answer"), 0);
	ck_assert_int_eq(fact("cpus"), affinity_count());
	ck_assert_int_eq(fact("padding"), 4095);
}
END_TEST

/* What a tool ignores for itself is not for the measured. */
static const int ignored_signals[] = { SIGPIPE, SIGXFSZ };

START_TEST(worker_ignores_nothing)
{
	signal(ignored_signals[_i], SIG_IGN);
	ck_assert_int_eq(run("facts, answer", LONG_NS), 0);
	ck_assert_int_eq(fact("ignored") >> ignored_signals[_i] & 1, 0);
}
END_TEST

START_TEST(worker_blocks_nothing)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	ck_assert_int_eq(run("facts, answer", LONG_NS), 0);
	ck_assert_int_eq(fact("blocked"), 0);
}
END_TEST

/* As inherited from a shell's trap '' CHLD: the kernel would then tell no status. */
START_TEST(end_of_children_is_ignored)
{
	signal(SIGCHLD, SIG_IGN);
	ck_assert_int_eq(run("facts, answer", LONG_NS), 0);
	check_answered();
	ck_assert_int_eq(fact("ignored") >> SIGCHLD & 1, 0);
	ck_assert_int_eq(run("exit 3", LONG_NS), 0);
	ck_assert_str_eq(failure.reason, "the worker ended with status 3");
}
END_TEST

START_TEST(descriptors_of_perf_are_handed_on)
{
	char control_path[FAKE_PATH_MAX], text[16] = "";
	struct worker_order order = { .deadline_ns = LONG_NS };
	int pipes[2];

	snprintf(control_path, sizeof(control_path), "%s/control", root.path);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	order.control_fd = open(control_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	order.ack_fd = pipes[1];
	ck_assert_int_eq(run_order(&order, "facts, answer"), 0);
	check_answered();
	ck_assert_int_eq(fact("control"), 3);
	ck_assert_int_eq(pread(order.control_fd, text, sizeof(text) - 1, 0), 7);
	ck_assert_str_eq(text, "control");
	ck_assert_int_eq(read(pipes[0], text, sizeof(text) - 1), 3);
	close(order.control_fd);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

/* Moves a descriptor out of the way of those by agreement. */
static int moved(int fd)
{
	int far = fcntl(fd, F_DUPFD_CLOEXEC, 30);

	if (fd >= 0)
		close(fd);
	return far;
}

/* Where the numbers by agreement are taken already, crosswise; Check itself may use them. */
START_TEST(descriptors_do_not_clash)
{
	struct worker_order order = { .control_fd = WORKER_ACK_FD, .ack_fd = WORKER_REPORT_FD,
				      .deadline_ns = LONG_NS };
	int saved[3], pipes[2], error;
	char text[16] = "";

	for (int i = 0; i < 3; i++)
		saved[i] = moved(WORKER_REPORT_FD + i);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	for (int i = 0; i < 2; i++)
		pipes[i] = moved(pipes[i]);
	for (int i = 0; i < 3; i++)
		dup3(pipes[1], WORKER_REPORT_FD + i, O_CLOEXEC);
	error = run_order(&order, "facts, answer");
	for (int i = 0; i < 3; i++) {
		close(WORKER_REPORT_FD + i);
		if (saved[i] >= 0)
			dup2(saved[i], WORKER_REPORT_FD + i);
		close(saved[i]);
	}
	ck_assert_int_eq(error, 0);
	check_answered();
	ck_assert_int_eq(read(pipes[0], text, sizeof(text) - 1), 10);
	ck_assert_str_eq(text, "controlack");
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

/* The flag is up before, or goes up while we wait. */
static const struct { const char *role; int wait_ms; } interrupted[] = {
	{ "hang", 0 }, { "hang", 100 }, { "orphans", 0 }, { "answer, hang", 100 },
};

START_TEST(signal_ends_it_at_once)
{
	struct worker_order order = { .control_fd = -1, .ack_fd = -1, .deadline_ns = LONG_NS,
				      .signal = &caught };
	struct itimerval timer = { .it_value = { 0, 1000 * interrupted[_i].wait_ms } };
	struct sigaction action = { .sa_handler = on_signal };

	caught = interrupted[_i].wait_ms ? 0 : SIGINT;
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
	ck_assert_int_eq(run_order(&order, interrupted[_i].role), -EINTR);
}
END_TEST

/* SIGKILL leaves nobody who could tidy up: the kernel does. */
START_TEST(worker_dies_with_its_supervisor)
{
	pid_t supervisor = fork(), worker = 0;
	FILE *stream;

	if (supervisor == 0)
		_exit(run("hang", LONG_NS));
	while (count_lines(file) < 1)
		usleep(1000);
	kill(supervisor, SIGKILL);
	ck_assert_int_eq(waitpid(supervisor, NULL, 0), supervisor);
	stream = fopen(file, "re");
	ck_assert_int_eq(fscanf(stream, "%d", &worker), 1);
	fclose(stream);
	for (int look = 0; look < 5000 && !is_gone(worker); look++)
		usleep(1000);
	ck_assert(is_gone(worker));
}
END_TEST

START_TEST(answers_do_not_mix)
{
	ck_assert_int_eq(run("large", LONG_NS), 0);
	ck_assert_int_eq(run("answer", LONG_NS), 0);
	check_answered();
	ck_assert_int_eq(run("silent", LONG_NS), 0);
	ck_assert_uint_eq(answer.bytes, 0);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(run("answer", LONG_NS), 0);
		check_answered();
	}
}
END_TEST

/*
 * Several at once
 */

static struct worker_answer answers[CONCURRENT_MOST];
static struct round failures[CONCURRENT_MOST];

/* Each plays its role; 0 or what worker_run_all() says. */
static int run_all(const char *const *roles, size_t count, double hang_ns,
		   const volatile sig_atomic_t *signal)
{
	static char *arguments[CONCURRENT_MOST][5];
	static struct worker_order orders[CONCURRENT_MOST];

	for (size_t i = 0; i < count; i++) {
		char *const argv[] = { program, (char *)"play", (char *)roles[i], file, NULL };

		memcpy(arguments[i], argv, sizeof(argv));
		orders[i] = (struct worker_order){
			.path = program, .argv = arguments[i],
			.mechanism = "fork", .control_fd = -1, .ack_fd = -1,
			.deadline_ns = strcmp(roles[i], "hang") ? LONG_NS : hang_ns,
			.signal = signal,
		};
	}
	return worker_run_all(orders, count, answers, failures);
}

static void free_all(void)
{
	for (size_t i = 0; i < CONCURRENT_MOST; i++)
		worker_answer_free(&answers[i]);
}

START_TEST(several_are_at_work_at_once)
{
	const char *roles[COMPANY];

	for (int i = 0; i < COMPANY; i++)
		roles[i] = "meet, answer";
	ck_assert_int_eq(run_all(roles, COMPANY, LONG_NS, NULL), 0);
	for (int i = 0; i < COMPANY; i++) {
		answer = answers[i];
		failure = failures[i];
		check_answered();
	}
	memset(&answer, 0, sizeof(answer));
	free_all();
}
END_TEST

/* Whatever becomes of one, the others have their own answers and ends. */
START_TEST(each_of_several_has_its_own_fate)
{
	static const char *const roles[] = {
		"answer", "hang", "killed", "answer", "flood", "silent", "exit 3", "orphans, answer",
	};
	static const char *const reasons[COUNT_OF(roles)] = {
		NULL, "the worker did not answer within 0.2 s and was killed",
		"the worker was killed by signal 9 (Killed)", NULL, "the worker was given up: ",
		"the worker said nothing", "the worker ended with status 3", NULL,
	};

	ck_assert_int_eq(run_all(roles, COUNT_OF(roles), SHORT_NS, NULL), 0);
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		if (!reasons[i]) {
			answer = answers[i];
			failure = failures[i];
			check_answered();
			continue;
		}
		ck_assert_int_eq(failures[i].status, ROUND_FAILED);
		ck_assert_msg(!strncmp(failures[i].reason, reasons[i], strlen(reasons[i])),
			      "%s: %s", roles[i], failures[i].reason);
	}
	memset(&answer, 0, sizeof(answer));
	free_all();
}
END_TEST

START_TEST(signal_ends_all_of_several)
{
	static const char *const roles[] = { "hang", "answer", "stopped", "hang" };
	struct itimerval timer = { .it_value = { 0, 200000 } };
	struct sigaction action = { .sa_handler = on_signal };

	caught = 0;
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
	ck_assert_int_eq(run_all(roles, COUNT_OF(roles), LONG_NS, &caught), -EINTR);
	free_all();
}
END_TEST

static int lowest_free(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD, 0);

	close(fd);
	return fd;
}

/* Those that can be started are; of the others each says why not. */
START_TEST(descriptors_for_some_of_several)
{
	static const char *const roles[] = { "answer", "answer", "answer", "answer" };
	struct rlimit before, few;
	int error;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	/* two for each that runs, and four while one is started */
	few.rlim_cur = (rlim_t)lowest_free() + 8;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	error = run_all(roles, COUNT_OF(roles), LONG_NS, NULL);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(failures[0].status, ROUND_MEASURED);
	ck_assert_uint_gt(answers[0].bytes, 0);
	ck_assert_int_eq(failures[3].status, ROUND_SKIPPED);
	ck_assert_int_eq(failures[3].error, EMFILE);
	free_all();
}
END_TEST

START_TEST(number_of_several)
{
	ck_assert_int_eq(run_all(NULL, 0, LONG_NS, NULL), -EINVAL);
	ck_assert_int_eq(worker_run_all(NULL, CONCURRENT_MOST + 1, answers, failures), -EINVAL);
}
END_TEST

/* What the supervisor was started with by a careless parent. */
START_TEST(stray_descriptors_stay_behind)
{
	int stray = fcntl(STDIN_FILENO, F_DUPFD, 17);

	ck_assert_int_eq(stray, 17);
	ck_assert_int_eq(run("facts, answer", LONG_NS), 0);
	check_answered();
	ck_assert_int_eq(fact("stray"), 0);
	close(stray);
}
END_TEST

/* No process can be made, no pipe: a skip that says so. */
START_TEST(no_descriptor_to_be_had)
{
	struct rlimit before, none;
	int error;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	error = run("answer", LONG_NS);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(failure.status, ROUND_SKIPPED);
	ck_assert_int_eq(failure.error, EMFILE);
	ck_assert_ptr_nonnull(strstr(failure.reason, "RLIMIT_NOFILE"));
}
END_TEST

/*
 * The arguments
 */

static const struct mechanism fork_mechanism = { "posix-spawn", "", 0 };

static const struct parameter parameters[] = {
	{ .name = "rss", .type = PARAMETER_SIZE }, { .name = "exec", .type = PARAMETER_WORD },
	{ .name = "alive", .type = PARAMETER_COUNT }, { .name = NULL },
};

static const struct tool tool = { .name = "fake-cost", .parameters = parameters };

static const char *const golden[] = {
	"/lib/worker", "report_fd=3", "clock_source=1", "ns_per_tick=0.400000000003",
	"mechanism=posix-spawn", "nonce=9223372036854775808", "seed=18446744073709551615", "round=7", "window_ns=10000000",
	"cpu_a=4", "cpu_b=-1", "batch=-1", "with_figures=1", "memory_nodes=2", "control_fd=4",
	"ack_fd=-1", "peer=thread", "rss=67108864", "alive=10", NULL,
};

static void check_arguments(char **arguments, const char *const *expected)
{
	size_t i;

	ck_assert_ptr_nonnull(arguments);
	for (i = 0; arguments[i] && expected[i]; i++)
		ck_assert_str_eq(arguments[i], expected[i]);
	ck_assert_ptr_null(arguments[i]);
	ck_assert_ptr_null(expected[i]);
	worker_job_free(arguments);
}

START_TEST(arguments_of_a_round)
{
	static const struct options options = { .tool = &tool };
	static const struct plan plan = { .options = &options };
	static struct memory_policy memory = { MEMORY_BIND, 1, { 1 << 2 } };
	struct cell cell = {
		.mechanism = &fork_mechanism, .seat = { .cpus = { 4, -1 } }, .peer = "thread",
		.memory = &memory,
		.values = { { 64 << 20, NULL, true }, { 0, "tiny", false }, { 10, NULL, true } },
	};
	struct worker_job job = {
		.plan = &plan, .cell = &cell, .clock = { CLOCK_TICKS, 0.400000000003 },
		.nonce = 1ull << 63, .seed = UINT64_MAX, .round = 7, .window_ns = 1e7, .batch = -1,
		.with_figures = 1, .control_fd = 17, .ack_fd = -1,
	};

	check_arguments(worker_job_arguments(&job, "/lib/worker"), golden);
}
END_TEST

static const char *const golden_plain[] = {
	"w", "report_fd=3", "clock_source=0", "ns_per_tick=1",
	"mechanism=posix-spawn", "nonce=0", "seed=0", "round=0", "window_ns=2500000",
	"cpu_a=0", "cpu_b=0", "batch=1", "with_figures=0", "memory_nodes=0,2,1023", "control_fd=-1",
	"ack_fd=5", "spread=1", "exec=/bin/a b=c", NULL,
};

/* Memory may be spread over several nodes; a word is one argument, whatever is in it. */
START_TEST(arguments_of_a_plainer_round)
{
	static const struct options options = { .tool = &tool };
	static const struct plan plan = { .options = &options };
	static struct memory_policy memory = { MEMORY_INTERLEAVE, 3, { 1 << 2 | 1 } };
	struct cell cell = {
		.mechanism = &fork_mechanism, .memory = &memory, .is_spread = true,
		.values = { [1] = { 0, "/bin/a b=c", true } },
	};
	struct worker_job job = {
		.plan = &plan, .cell = &cell, .clock = { CLOCK_GETTIME, 1 },
		.window_ns = 2500000.4, .batch = 1, .control_fd = -1, .ack_fd = 0,
	};

	memory.nodes[COUNT_OF(memory.nodes) - 1] = 1ul << (MEMORY_NODE_BITS - 1);
	check_arguments(worker_job_arguments(&job, "w"), golden_plain);
}
END_TEST

static const char *const golden_probe[] = {
	"/lib/worker", "report_fd=3", "clock_source=0", "ns_per_tick=1", "is_probe=1", NULL,
};

START_TEST(arguments_of_a_probe)
{
	static const struct clock clock = { CLOCK_GETTIME, 1 };

	check_arguments(worker_job_probe(&clock, "/lib/worker"), golden_probe);
	worker_job_free(NULL);
}
END_TEST

static TCase *ends_case(void)
{
	TCase *tcase = tcase_create("ends");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, worker_that_answers, 0, (int)COUNT_OF(honest));
	tcase_add_loop_test(tcase, worker_that_is_lost, 0, (int)COUNT_OF(lost));
	tcase_add_test(tcase, worker_that_is_silent_for_too_long);
	tcase_add_loop_test(tcase, worker_that_lies, 0, (int)COUNT_OF(lies));
	tcase_add_loop_test(tcase, no_orphan_is_left, 0, (int)COUNT_OF(leavers));
	tcase_add_test(tcase, guard_is_waited_for);
	tcase_add_test(tcase, reap_ends_every_child);
	tcase_add_test(tcase, sweep_is_over_in_time_however_slow_its_looks_are);
	tcase_add_loop_test(tcase, children_of_others_are_not_touched, 0,
			    (int)COUNT_OF(beside_strangers));
	tcase_add_test(tcase, keeper_that_is_killed);
	tcase_add_loop_test(tcase, signal_ends_it_at_once, 0, (int)COUNT_OF(interrupted));
	tcase_add_test(tcase, worker_dies_with_its_supervisor);
	tcase_add_test(tcase, end_of_children_is_ignored);
	tcase_add_test(tcase, answers_do_not_mix);
	tcase_add_test(tcase, no_descriptor_to_be_had);
	tcase_add_test(tcase, stray_descriptors_stay_behind);
	return tcase;
}

static TCase *several_case(void)
{
	TCase *tcase = tcase_create("several");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, several_are_at_work_at_once);
	tcase_add_test(tcase, each_of_several_has_its_own_fate);
	tcase_add_test(tcase, signal_ends_all_of_several);
	tcase_add_test(tcase, descriptors_for_some_of_several);
	tcase_add_test(tcase, number_of_several);
	return tcase;
}

static TCase *seats_case(void)
{
	TCase *tcase = tcase_create("seats");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, program_that_cannot_be_executed, 0, (int)COUNT_OF(nobody));
	tcase_add_loop_test(tcase, seat_that_cannot_be_had, 0, (int)COUNT_OF(bad_seats));
	tcase_add_test(tcase, worker_has_what_was_ordered);
	tcase_add_test(tcase, worker_that_floats_may_run_where_we_may);
	tcase_add_loop_test(tcase, worker_ignores_nothing, 0, (int)COUNT_OF(ignored_signals));
	tcase_add_test(tcase, worker_blocks_nothing);
	tcase_add_test(tcase, descriptors_of_perf_are_handed_on);
	tcase_add_test(tcase, descriptors_do_not_clash);
	return tcase;
}

static Suite *worker_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *job = tcase_create("job");

	suite_add_tcase(suite, ends_case());
	suite_add_tcase(suite, several_case());
	suite_add_tcase(suite, seats_case());
	tcase_add_test(job, arguments_of_a_round);
	tcase_add_test(job, arguments_of_a_plainer_round);
	tcase_add_test(job, arguments_of_a_probe);
	suite_add_tcase(suite, job);
	return suite;
}

static int run_tests(void)
{
	return suite_run(worker_suite());
}

int main(int argc, char **argv)
{
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length < 0)
		return EXIT_FAILURE;
	return argc == 4 && !strcmp(argv[1], "play") ? play_all(argv[2], argv[3]) : run_tests();
}
