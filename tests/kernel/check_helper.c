/* SPDX-License-Identifier: MIT */
/* check_helper - a helper that is stuck is given up in time, and with it goes what it made */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/guard.h"
#include "../kit/suite.h"

/* A busy machine's share included. */
#define SECONDS_MOST (HELPER_PATIENCE_MS / 1000 + 20)

static bool is_stopped_when_born;

static void stop_when_born(void)
{
	if (is_stopped_when_born)
		raise(SIGSTOP);
}

static int next_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* No process and no descriptor more than before, and soon enough. */
static void nothing_is_left(int descriptor, time_t begin)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(next_descriptor(), descriptor);
	ck_assert_int_le(time(NULL) - begin, SECONDS_MOST);
}

static void say_more(int socket, const void *argument)
{
	(void)argument;
	(void)!send(socket, "x", 1, MSG_NOSIGNAL);
}

static void say_nothing(int socket, const void *argument)
{
	(void)socket, (void)argument;
	for (;;)
		pause();
}

static struct helper_task task_of(void (*run)(int socket, const void *argument))
{
	return (struct helper_task){ .socket_type = SOCK_SEQPACKET, .run = run };
}

START_TEST(is_heard)
{
	const struct helper_task task = task_of(say_more);
	const char *reason = NULL;
	struct helper helper;
	char byte;

	ck_assert_int_eq(helper_begin(&helper, &task, &reason), 0);
	ck_assert_int_eq(helper_hear(&helper, &byte, sizeof(byte)), 0);
	ck_assert_int_eq(byte, 'x');
	ck_assert_int_eq(helper_hear(&helper, &byte, sizeof(byte)), -ECHILD);
	helper_end(&helper);
}
END_TEST

START_TEST(stopped_at_birth)
{
	const struct helper_task task = task_of(say_more);
	const char *reason = "";
	int descriptor = next_descriptor();
	time_t begin = time(NULL);
	struct helper helper;

	is_stopped_when_born = true;
	ck_assert_int_eq(helper_begin(&helper, &task, &reason), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(reason, "said nothing"));
	nothing_is_left(descriptor, begin);
}
END_TEST

START_TEST(never_says_another_word)
{
	const struct helper_task task = task_of(say_nothing);
	int descriptor = next_descriptor();
	time_t begin = time(NULL);
	const char *reason = "";
	struct helper helper;
	char byte;

	ck_assert_int_eq(helper_begin(&helper, &task, &reason), 0);
	ck_assert_int_eq(helper_hear(&helper, &byte, sizeof(byte)), -ETIMEDOUT);
	helper_end(&helper);
	nothing_is_left(descriptor, begin);
}
END_TEST

/* A folder is made, and then its maker hangs. */
static int make_and_hang(const void *path)
{
	if (mkdir(path, 0700))
		return -errno;
	for (;;)
		pause();
}

static int remove_folder(const void *path)
{
	return rmdir(path) ? -errno : 0;
}

START_TEST(a_guard_that_hangs)
{
	char path[] = "check-helper-XXXXXX/made";
	const struct guard_work work = { make_and_hang, remove_folder, path };
	int descriptor = next_descriptor();
	time_t begin = time(NULL);
	const char *reason = "";
	struct helper helper;

	path[strlen(path) - 5] = 0;
	ck_assert_ptr_nonnull(mkdtemp(path));
	path[strlen(path)] = '/';
	ck_assert_int_eq(guard_begin(&helper, &work, &reason), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(reason, "hangs"));
	nothing_is_left(descriptor, begin);
	ck_assert_int_eq(access(path, F_OK), -1);
	*strchr(path, '/') = 0;
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

static int refuse(const void *path)
{
	(void)path;
	return -EEXIST;
}

/* What bears the name already is somebody else's. */
START_TEST(what_somebody_else_has_made_stays)
{
	char path[] = "check-helper-XXXXXX";
	const struct guard_work work = { refuse, remove_folder, path };
	int descriptor = next_descriptor();
	time_t begin = time(NULL);
	const char *reason = "";
	struct helper helper;

	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(guard_begin(&helper, &work, &reason), -EEXIST);
	nothing_is_left(descriptor, begin);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("helper");
	TCase *tcase = tcase_create("heard");

	if (pthread_atfork(NULL, NULL, stop_when_born))
		return EXIT_FAILURE;
	tcase_set_timeout(tcase, 2 * SECONDS_MOST);
	tcase_add_test(tcase, is_heard);
	tcase_add_test(tcase, stopped_at_birth);
	tcase_add_test(tcase, never_says_another_word);
	tcase_add_test(tcase, a_guard_that_hangs);
	tcase_add_test(tcase, what_somebody_else_has_made_stays);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
