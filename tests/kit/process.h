/* SPDX-License-Identifier: MIT */
/*
 * process - what tests do with processes: their own, and those that they make.
 *
 * begin_test() and begin_test_as_nobody() are fixtures of a TCase: the test then adopts
 * its orphans, so that who is left is seen.
 */
#ifndef HANDOFF_TESTS_PROCESS_H
#define HANDOFF_TESTS_PROCESS_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"       /* IS_SANITIZED */

#define NOBODY 65534
#define CHILDREN_PATIENCE_MS 10000

static inline void pause_ms(long ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&pause, &pause) && errno == EINTR)
		;
}

/* Whoever is still there ends by himself, if he ends: nobody is killed here. */
static inline void assert_all_children_end(void)
{
	for (int ms = 0; ; ms += 2) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		if (pid == -1 && errno == ECHILD)
			return;
		ck_assert_msg(ms < CHILDREN_PATIENCE_MS, "a child is left");
		if (pid == 0)
			pause_ms(2);
	}
}

/* What it ended with, or -1 while it lives; *pid is then 0. */
static inline int status_within(pid_t *pid, int ms)
{
	int status;

	for (; ms >= 0; ms -= 2) {
		if (waitpid(*pid, &status, WNOHANG) == *pid) {
			*pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
		pause_ms(2);
	}
	return -1;
}

/* Returns what it was. */
static inline rlim_t change_limit(int resource, rlim_t value)
{
	struct rlimit limit;
	rlim_t usual;

	ck_assert_int_eq(getrlimit(resource, &limit), 0);
	usual = limit.rlim_cur;
	limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
	ck_assert_int_eq(setrlimit(resource, &limit), 0);
	return usual;
}

static inline int lowest_free_descriptor(void)
{
	int descriptor = dup(0);

	ck_assert_int_gt(descriptor, 0);
	close(descriptor);
	return descriptor;
}

/* Fixtures */

static inline void *do_nothing(void *argument)
{
	return argument;
}

/* The first thread makes ThreadSanitizer start one of its own, which stays. */
static inline void wake_sanitizer(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, do_nothing, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static inline void begin_test(void)
{
	int null = open("/dev/null", O_RDWR);

	if (IS_SANITIZED)
		wake_sanitizer();
	ck_assert_int_ge(null, 0);
	ck_assert_int_eq(dup2(null, 0), 0);
	if (null > 0)
		close(null);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

/* False where this process is root and must stay it (a namespace without nobody). */
static inline bool become_nobody(void)
{
	if (geteuid())
		return true;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return false;
	/* Else /proc/self is root's. */
	return !prctl(PR_SET_DUMPABLE, 1);
}

static inline void begin_test_as_nobody(void)
{
	begin_test();
	if (!become_nobody())
		fprintf(stderr, "note: root cannot become nobody here\n");
}

#endif
