/* SPDX-License-Identifier: MIT */
#include "host/topology-patience.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/process-tie.h"

/* A signal that comes between two looks is seen at the next. */
#define END_SLICE_NS 500000
/* Whom SIGKILL does not end at once hangs in the kernel. */
#define KILL_MS 500

static uint64_t deadline_of(int ms)
{
	return clock_raw_ns() + (uint64_t)ms * 1000000;
}

/* 0, or why no further wait is to be. */
static int must_give_up(const struct topology_patience *patience, uint64_t deadline_ns)
{
	if (patience->signal && *patience->signal)
		return -EINTR;
	return clock_raw_ns() < deadline_ns ? 0 : -ETIMEDOUT;
}

/* What it prints is nobody's, and who reads our output is not to wait for its end. */
__attribute__((noreturn))
static void try_and_end(void (*run)(const void *argument), const void *argument, pid_t creator)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE };
	const struct rlimit no_core = { 0, 0 };

	if (process_tie(creator) == -ESRCH)
		_exit(EXIT_FAILURE);
	setrlimit(RLIMIT_CORE, &no_core);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
	run(argument);
	_exit(EXIT_SUCCESS);
}

/* Not by a descriptor or SIGCHLD: there may be none to have, or somebody else's children. */
static int wait_for_end(pid_t pid, const struct topology_patience *patience, int *ret_status)
{
	const struct timespec slice = { .tv_nsec = END_SLICE_NS };
	uint64_t deadline_ns = deadline_of(patience->ms);
	int error = 0;
	pid_t ended;

	while (!(ended = waitpid(pid, ret_status, WNOHANG)) && !error) {
		error = must_give_up(patience, deadline_ns);
		if (!error)
			nanosleep(&slice, NULL);
	}
	if (ended == -1)
		return -errno;
	return ended ? 0 : error;
}

/* 0: it has tried, and lived.  A crash is the source's fault, another end somebody's. */
static int how_it_ended(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -ECHILD;
	return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM ? -ECHILD : -EINVAL;
}

int topology_try(void (*run)(const void *argument), const void *argument,
		 const struct topology_patience *patience)
{
	const struct topology_patience dying = { .ms = KILL_MS };
	pid_t creator = getpid(), pid = fork();
	int status, error;

	if (pid == -1)
		return -errno;
	if (pid == 0)
		try_and_end(run, argument, creator);
	error = wait_for_end(pid, patience, &status);
	if (!error)
		return how_it_ended(status);
	/* Else it is no child of ours any more, and its number may be somebody's. */
	if (error == -ETIMEDOUT || error == -EINTR) {
		kill(pid, SIGKILL);
		wait_for_end(pid, &dying, &status);
	}
	return error;
}
