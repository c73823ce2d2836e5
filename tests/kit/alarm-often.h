/* SPDX-License-Identifier: MIT */
/*
 * alarm-often - a signal that comes every 20 ms, so that one comes while we wait.
 *
 * caught is what its handler sets, 0 before; alarm_no_more() ends it.
 */
#ifndef HANDOFF_TESTS_ALARM_OFTEN_H
#define HANDOFF_TESTS_ALARM_OFTEN_H

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

static volatile sig_atomic_t caught;

static void on_alarm(int number)
{
	caught = number;
}

static void alarm_often(void)
{
	static const struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	static const struct sigaction action = { .sa_handler = on_alarm };

	caught = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void alarm_no_more(void)
{
	static const struct itimerval never;

	setitimer(ITIMER_REAL, &never, NULL);
}

#endif
