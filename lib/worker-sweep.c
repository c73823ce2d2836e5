/* SPDX-License-Identifier: MIT */
#include "worker-sweep.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sysfile.h"

/* Milliseconds between looks, and for guards before they are killed too. */
#define LOOK_MS 1
#define GUARD_PATIENCE_LOOKS 6000

struct sweep {
	pid_t self;
	bool with_guards;
};

static bool is_guard(pid_t pid)
{
	char path[64], name[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	sysfile_read_text("", path, name, sizeof(name));
	return !strcmp(name, GUARD_NAME);
}

static int kill_if_ours(const char *entry, void *context)
{
	const struct sweep *sweep = context;
	char path[320], text[512] = "", *behind;
	int pid = atoi(entry), parent = 0;

	if (pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/stat", entry);
	sysfile_read_text("", path, text, sizeof(text));
	/* "pid (name) state ppid ...": the name may hold anything, also ')'. */
	behind = strrchr(text, ')');
	if (!behind || sscanf(behind + 1, " %*c %d", &parent) != 1 || parent != sweep->self)
		return 0;
	if (sweep->with_guards || !is_guard(pid))
		kill(pid, SIGKILL);
	return 0;
}

static void kill_children(bool with_guards)
{
	struct sweep sweep = { .self = getpid(), .with_guards = with_guards };

	sysfile_each_entry("", "/proc", kill_if_ours, &sweep);
}

/* False when there is no child at all. */
static bool reap_ended(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	while (pid > 0 || (pid == -1 && errno == EINTR));
	return pid == 0;
}

void worker_sweep_children(void)
{
	for (int look = 0; reap_ended(); look++) {
		kill_children(look > GUARD_PATIENCE_LOOKS);
		poll(NULL, 0, LOOK_MS);
	}
}
