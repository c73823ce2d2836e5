/* SPDX-License-Identifier: MIT */
/* check_topology_try - how a child that tries out a topology may end, and what is said of it */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kit/suite.h"
#include "host/topology-patience.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SHORT_MS 50

static int kills;

/* In place of libc's: the code under test ends by it whom it gives up. */
int kill(pid_t pid, int number)
{
	kills++;
	return (int)syscall(SYS_kill, pid, number);
}

static void live(const void *argument)
{
	(void)argument;
}

static void leave(const void *argument)
{
	_exit(*(const int *)argument);
}

static void die(const void *argument)
{
	/* that of the suite's own end would be ours */
	signal(SIGTERM, SIG_DFL);
	raise(*(const int *)argument);
}

static void hang(const void *argument)
{
	for (;;)
		pause();
	(void)argument;
}

static const struct {
	void (*run)(const void *argument);
	int argument, signal, error, kills;
} ends[] = {
	{ live, 0, 0, 0, 0 },
	{ leave, 0, 0, 0, 0 },
	/* it has not tried, as its creator was gone, say */
	{ leave, 1, 0, -ECHILD, 0 },
	/* a crash is the topology's fault */
	{ die, SIGSEGV, 0, -EINVAL, 0 },
	{ die, SIGABRT, 0, -EINVAL, 0 },
	/* not so, when somebody has ended it */
	{ die, SIGKILL, 0, -ECHILD, 0 },
	{ die, SIGTERM, 0, -ECHILD, 0 },
	{ hang, 0, 0, -ETIMEDOUT, 1 },
	{ hang, 0, SIGINT, -EINTR, 1 },
};

START_TEST(end_of_a_trial)
{
	const volatile sig_atomic_t caught = ends[_i].signal;
	const struct topology_patience patience = {
		ends[_i].run == hang ? SHORT_MS : TOPOLOGY_PATIENCE_MS, &caught,
	};

	kills = 0;
	ck_assert_int_eq(topology_try(ends[_i].run, &ends[_i].argument, &patience), ends[_i].error);
	ck_assert_int_eq(kills, ends[_i].kills);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

/* Nobody's child has a number that may be somebody else's by now: it is not killed. */
START_TEST(child_that_is_taken_from_us_is_not_killed)
{
	const struct topology_patience patience = { .ms = TOPOLOGY_PATIENCE_MS };

	kills = 0;
	ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(topology_try(live, NULL, &patience), -ECHILD);
	ck_assert_int_eq(kills, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("topology_try");
	TCase *tcase = tcase_create("ends");

	tcase_add_loop_test(tcase, end_of_a_trial, 0, (int)COUNT_OF(ends));
	tcase_add_test(tcase, child_that_is_taken_from_us_is_not_killed);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
