/* SPDX-License-Identifier: MIT */
#include "tool/signals.h"

#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "plan/options.h"

/* The mutable globals there are: what Ctrl-C leaves behind, and what it does. */
static volatile sig_atomic_t caught_signal;
static volatile sig_atomic_t is_remembered;

static void on_signal(int number)
{
	if (!is_remembered)
		_exit(EXIT_SIGNAL + number);
	caught_signal = number;
}

void tool_signals_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction old;

		/* What nohup(1) or a shell lets us ignore stays ignored. */
		if (!sigaction(numbers[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	/* Ignored, it would let the kernel reap our children behind our back. */
	signal(SIGCHLD, SIG_DFL);
	/* A closed pipe and a full quota are errors of write(2), told as such. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

const volatile sig_atomic_t *tool_signal(void)
{
	return &caught_signal;
}

void tool_signals_remember(void)
{
	is_remembered = true;
}

void tool_signals_end_at_once(void)
{
	is_remembered = false;
	if (caught_signal)
		_exit(EXIT_SIGNAL + caught_signal);
}
