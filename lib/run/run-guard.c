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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/helper-process.h"
#include "kernel/proc-task.h"
#include "kernel/sysfile.h"
#include "run/reap.h"

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

/* Compares the entries of an environment with a mark, a byte at a time: an entry may be long. */
struct match {
	const char *mark;
	size_t at;
	bool is_equal;         /* so far, within this entry */
};

static bool take_byte(struct match *match, char byte)
{
	if (!byte) {
		bool is_mark = match->is_equal && !match->mark[match->at];

		*match = (struct match){ .mark = match->mark, .is_equal = true };
		return is_mark;
	}
	match->is_equal = match->is_equal && match->mark[match->at] == byte;
	match->at += match->is_equal;
	return false;
}

bool run_guard_has_mark(int environment, const char *mark)
{
	struct match match = { .mark = mark, .is_equal = true };
	char bytes[1024];
	bool is_found = false;
	ssize_t got;

	while (!is_found && (got = read(environment, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < got && !is_found; i++)
			is_found = take_byte(&match, bytes[i]);
	return is_found;
}

/* The environment of a process as it was executed with. */
static bool is_marked(pid_t pid, const char *mark)
{
	char path[PROC_TASK_PATH_MAX];
	bool is_found;
	int fd;

	proc_task_path(pid, "environ", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	is_found = run_guard_has_mark(fd, mark);
	close(fd);
	return is_found;
}

/* pidfd: of the process that was looked at, whoever has its number by now; -1: unknown. */
static void end_process(pid_t pid, int pidfd)
{
	if (pidfd == -1)
		kill(pid, SIGKILL);
	else
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

static int kill_if_marked(const char *entry, void *context)
{
	struct hunt *hunt = context;
	int pid = atoi(entry), pidfd;

	if (pid <= 0 || pid == getpid())
		return 0;
	/* Taken before the look: what the look finds and this are one process, or this has ended. */
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (is_marked(pid, hunt->mark)) {
		/* A guard of a control group tidies up by itself, and ends. */
		if (!reap_is_guard(pid))
			end_process(pid, pidfd);
		hunt->found++;
	}
	if (pidfd != -1)
		close(pidfd);
	return 0;
}

/* Until two looks in a row find nothing: one may have been forking meanwhile. */
static void kill_marked(struct hunt *hunt)
{
	int quiet = 0;

	/* Numbers of another PID namespace are other processes here. */
	if (!proc_shows_us())
		return;
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
