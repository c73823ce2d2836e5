/* SPDX-License-Identifier: MIT */
#include "run/run-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/helper-process.h"
#include "kernel/sysfile.h"
#include "run/sweep.h"

#define MARK_NAME "HANDOFF_RUN"
/* Looks for what carries the mark, and milliseconds between them. */
#define LOOKS_MOST 500
#define LOOK_MS 10
/* What the guard is waited for: its looks, and some more. */
#define PATIENCE_MS (LOOKS_MOST * LOOK_MS + 2000)

struct hunt {
	char mark[48];
	size_t found;
};

/* The environment of a process as it was executed with, NUL between entries. */
static bool has_mark(const char *entry, const char *mark)
{
	char path[320], text[65536];
	size_t length = strlen(mark);
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/environ", entry);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	for (ssize_t at = 0; at < got;) {
		size_t span = strnlen(text + at, (size_t)(got - at));

		if (span == length && !memcmp(text + at, mark, length))
			return true;
		at += (ssize_t)span + 1;
	}
	return false;
}

static int kill_if_marked(const char *entry, void *context)
{
	struct hunt *hunt = context;
	int pid = atoi(entry);

	if (pid <= 0 || pid == getpid() || !has_mark(entry, hunt->mark))
		return 0;
	/* A guard of a control group tidies up by itself, and ends. */
	if (!worker_sweep_is_guard(pid))
		kill(pid, SIGKILL);
	hunt->found++;
	return 0;
}

/* Until two looks in a row find nothing: one may have been forking meanwhile. */
static void kill_marked(struct hunt *hunt)
{
	int quiet = 0;

	for (int look = 0; look < LOOKS_MOST && quiet < 2; look++) {
		hunt->found = 0;
		sysfile_each_entry("", "/proc", kill_if_marked, hunt);
		quiet = hunt->found ? 0 : quiet + 1;
		poll(NULL, 0, hunt->found ? LOOK_MS : 1);
	}
}

__attribute__((noreturn))
static void guard_main(int lifeline, struct hunt *hunt)
{
	char byte;

	/* Away from the terminal and from whoever kills the supervisor's group. */
	setsid();
	prctl(PR_SET_NAME, GUARD_NAME);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fd != lifeline)
			close(fd);
	while (read(lifeline, &byte, 1) == -1 && errno == EINTR)
		;
	kill_marked(hunt);
	_exit(0);
}

static int make_mark(struct hunt *hunt)
{
	unsigned long long id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -errno;
	snprintf(hunt->mark, sizeof(hunt->mark), "%s=%016llx", MARK_NAME, id);
	return setenv(MARK_NAME, strchr(hunt->mark, '=') + 1, 1) ? -errno : 0;
}

int run_guard_start(struct run_guard *guard)
{
	struct hunt hunt = { .found = 0 };
	int ends[2], error = make_mark(&hunt);

	if (error)
		return error;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	guard->pid = fork();
	if (guard->pid == 0) {
		close(ends[1]);
		guard_main(ends[0], &hunt);
	}
	error = guard->pid == -1 ? -errno : 0;
	close(ends[0]);
	guard->lifeline = ends[1];
	if (error) {
		close(ends[1]);
		guard->pid = 0;
	}
	return error;
}

static bool has_ended(pid_t pid)
{
	pid_t ended = waitpid(pid, NULL, WNOHANG);

	return ended == pid || (ended == -1 && errno != EINTR);
}

void run_guard_end(struct run_guard *guard)
{
	if (guard->pid <= 0)
		return;
	close(guard->lifeline);
	/* One that somebody has stopped goes on; one that cannot is given up. */
	for (int waited_ms = 0; !has_ended(guard->pid); waited_ms += LOOK_MS) {
		kill(guard->pid, waited_ms < PATIENCE_MS ? SIGCONT : SIGKILL);
		poll(NULL, 0, waited_ms ? LOOK_MS : 1);
	}
	guard->pid = 0;
}
