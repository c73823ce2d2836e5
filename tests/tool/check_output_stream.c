/* SPDX-License-Identifier: MIT */
/* check_output_stream - a descriptor is written to where it stands, and waited for */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../kit/alarm-often.h"
#include "../kit/output-trial.h"
#include "tool/output-stream.h"
#include "../kit/suite.h"

/* More than a pipe holds. */
#define LARGE (1 << 20)
#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* --- descriptors of ours */

/* Paths that stand for a descriptor. */
static const char *const spellings[] = {
	"/dev/fd/%d", "/proc/self/fd/%d", "/proc/thread-self/fd/%d", "/dev/../proc/self/fd/%d",
};

/* How its file is opened, and what is in there behind. */
static const struct { int flags; const char *expected; } openings[] = {
	{ O_APPEND, "old answer" }, { O_TRUNC, "answer" },
};

static void descriptor_path(int fd, int spelling, char *ret, size_t size)
{
	snprintf(ret, size, spellings[spelling], fd);
}

START_TEST(descriptor_of_a_file)
{
	int opening = _i % COUNT_OF(openings), fd;
	char through[64];

	fake_root_write(&root, "/answer", "old ");
	fd = open(path, O_WRONLY | O_CLOEXEC | openings[opening].flags);
	ck_assert_int_ge(fd, 0);
	descriptor_path(fd, _i / COUNT_OF(openings), through, sizeof(through));
	ck_assert_int_eq(write_bytes(through, "answer", 6), 0);
	check_content(path, openings[opening].expected);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	close(fd);
	check_files(root.path, 1);
}
END_TEST

/* As /dev/stdout is one; the link stays. */
START_TEST(link_to_a_descriptor)
{
	char through[64];
	struct stat status;
	char file[FAKE_PATH_MAX];
	int fd;

	fake_root_write(&root, "/file", "old ");
	snprintf(file, sizeof(file), "%s/file", root.path);
	fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
	descriptor_path(fd, _i, through, sizeof(through));
	fake_root_link(&root, "/answer", through);
	ck_assert_int_eq(write_text("answer"), 0);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert_msg(S_ISLNK(status.st_mode), "the link was replaced");
	check_content(file, "old answer");
	close(fd);
}
END_TEST

static void make_pipe(int ends[2])
{
	ck_assert_int_eq(pipe(ends), 0);
}

static void make_sockets(int ends[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void (*const makers[])(int ends[2]) = { make_pipe, make_sockets };

START_TEST(descriptor_of_a_pipe)
{
	char through[64], text[16] = "";
	int ends[2];

	makers[_i](ends);
	descriptor_path(ends[1], 0, through, sizeof(through));
	ck_assert_int_eq(write_bytes(through, "answer", 6), 0);
	ck_assert_int_eq(read(ends[0], text, sizeof(text) - 1), 6);
	ck_assert_str_eq(text, "answer");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* Read-only, only a place, and closed: told before there is an answer. */
START_TEST(descriptor_that_cannot_be_written_to)
{
	static const int flags[] = { O_RDONLY, O_PATH, -1 };
	const char *reason = NULL;
	char through[64];
	struct output output;
	int fd = open("/dev/null", flags[_i] == -1 ? O_RDWR : flags[_i]);

	descriptor_path(fd, 0, through, sizeof(through));
	if (flags[_i] == -1)
		close(fd);
	ck_assert_int_eq(output_open(&output, through, NULL, &reason), -EBADF);
	output_close(&output);
	if (flags[_i] != -1)
		close(fd);
}
END_TEST

/* Another process's standard output: what stands in its file stays there. */
START_TEST(descriptor_of_another_process)
{
	char through[64];
	int held[2], fd;
	pid_t pid;

	fake_root_write(&root, "/answer", "old ");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pipe(held), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		close(held[1]);
		_exit(read(held[0], &byte, 1) ? 1 : 0);
	}
	snprintf(through, sizeof(through), "/proc/%d/fd/%d", (int)pid, fd);
	close(fd);
	/* Who is root for one part only may not look into it. */
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(write_bytes(through, "answer", 6), 0);
	check_content(path, "old answer");
	close(held[0]);
	close(held[1]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* --- standard output */

/* What output_write() says with standard output being that, open for that. */
static int write_standard(int to, const char *text, size_t bytes)
{
	int saved = dup(STDOUT_FILENO), error;

	fflush(stdout);
	dup2(to, STDOUT_FILENO);
	error = write_bytes(NULL, text, bytes);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return error;
}

START_TEST(standard_output)
{
	char text[16] = "";
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(write_standard(pipes[1], "to you", 6), 0);
	ck_assert_int_eq(read(pipes[0], text, sizeof(text) - 1), 6);
	ck_assert_str_eq(text, "to you");
}
END_TEST

static const struct { const char *to; int flags, error; } outputs[] = {
	{ "/dev/full", O_WRONLY, -ENOSPC }, { "/dev/null", O_RDONLY, -EBADF }, { NULL, 0, -EPIPE },
};

START_TEST(standard_output_fails)
{
	int pipes[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pipes), 0);
	close(pipes[0]);
	if (outputs[_i].to)
		dup2(open(outputs[_i].to, outputs[_i].flags), pipes[1]);
	ck_assert_int_eq(write_standard(pipes[1], "to you", 6), outputs[_i].error);
}
END_TEST

/* A reader in a process of its own that says by its status whether all has come. */
static pid_t read_all(int from, int unused)
{
	pid_t pid = fork();
	static char text[4096];
	size_t bytes = 0;
	ssize_t got;

	if (pid)
		return pid;
	close(unused);
	while ((got = read(from, text, sizeof(text))) > 0)
		bytes += (size_t)got;
	_exit(bytes == LARGE ? 0 : 1);
}

/* One that somebody has made non-blocking is waited for all the same. */
START_TEST(pipe_that_holds_less)
{
	static char text[LARGE];
	int pipes[2], status;
	pid_t reader;

	makers[_i / 2](pipes);
	if (_i % 2)
		fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	reader = read_all(pipes[0], pipes[1]);
	ck_assert_int_eq(write_standard(pipes[1], text, LARGE), 0);
	close(pipes[1]);
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* --- a reader that does not read */

START_TEST(signal_ends_the_waiting)
{
	static char text[LARGE];
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	if (_i)
		fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	alarm_often();
	ck_assert_int_eq(output_stream_write(pipes[1], text, LARGE, &caught), -EINTR);
	alarm_no_more();
}
END_TEST

START_TEST(no_descriptor_is_left)
{
	int before = count_entries("/proc/self/fd");

	ck_assert_int_eq(write_bytes("/dev/null", "x", 1), 0);
	ck_assert_int_eq(write_bytes("/dev/full", "x", 1), -ENOSPC);
	ck_assert_int_eq(write_bytes("/dev/fd/1", "", 0), 0);
	ck_assert_int_eq(write_bytes(root.path, "x", 1), -EISDIR);
	fake_root_link(&root, "/answer", "answer");
	ck_assert_int_eq(write_text("x"), -ELOOP);
	ck_assert_int_eq(count_entries("/proc/self/fd"), before);
}
END_TEST

static Suite *stream_suite(void)
{
	Suite *suite = suite_create("output_stream");
	TCase *tcase = tcase_create("streams");

	tcase_add_checked_fixture(tcase, trial_set_up, trial_tear_down);
	tcase_add_loop_test(tcase, descriptor_of_a_file, 0,
			    COUNT_OF(spellings) * COUNT_OF(openings));
	tcase_add_loop_test(tcase, link_to_a_descriptor, 0, COUNT_OF(spellings));
	tcase_add_loop_test(tcase, descriptor_of_a_pipe, 0, COUNT_OF(makers));
	tcase_add_loop_test(tcase, descriptor_that_cannot_be_written_to, 0, 3);
	tcase_add_test(tcase, descriptor_of_another_process);
	tcase_add_test(tcase, standard_output);
	tcase_add_loop_test(tcase, standard_output_fails, 0, COUNT_OF(outputs));
	tcase_add_loop_test(tcase, pipe_that_holds_less, 0, 2 * COUNT_OF(makers));
	tcase_add_loop_test(tcase, signal_ends_the_waiting, 0, 2);
	tcase_add_test(tcase, no_descriptor_is_left);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(stream_suite());
}
