/* SPDX-License-Identifier: MIT */
#include "run/sweep.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/helper-process.h"
#include "kernel/sysfile.h"

/* Milliseconds between looks, and for guards before they are killed too. */
#define LOOK_MS 1
#define GUARD_PATIENCE_LOOKS 6000
/* One that cannot be killed (set-uid, or stuck in the kernel) must not hold us. */
#define LOOKS_MOST 9000

struct sweep {
	pid_t self, keep;
	bool with_guards;
	size_t left;
};

bool worker_sweep_is_guard(pid_t pid)
{
	char path[64], name[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	sysfile_read_text("", path, name, sizeof(name));
	return !strcmp(name, GUARD_NAME);
}

static int kill_if_ours(const char *entry, void *context)
{
	struct sweep *sweep = context;
	char path[320], text[512] = "", *behind;
	int pid = atoi(entry), parent = 0;

	if (pid <= 0 || pid == sweep->keep)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/stat", entry);
	sysfile_read_text("", path, text, sizeof(text));
	/* "pid (name) state ppid ...": the name may hold anything, also ')'. */
	behind = strrchr(text, ')');
	if (!behind || sscanf(behind + 1, " %*c %d", &parent) != 1 || parent != sweep->self)
		return 0;
	if (sweep->with_guards || !worker_sweep_is_guard(pid))
		kill(pid, SIGKILL);
	sweep->left++;
	return 0;
}

/* Returns how many there were. */
static size_t kill_children(pid_t keep, bool with_guards)
{
	struct sweep sweep = { .self = getpid(), .keep = keep, .with_guards = with_guards };

	sysfile_each_entry("", "/proc", kill_if_ours, &sweep);
	return sweep.left;
}

/*
 * Reaps what has ended.  False when there is no child at all, which is cheap to
 * know; the one to keep is a child, so with it /proc has to be asked.
 */
static bool reap_ended(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	while (pid > 0 || (pid == -1 && errno == EINTR));
	return pid == 0;
}

static bool has_children_but(pid_t keep)
{
	char path[64], text[64] = "";

	if (!keep)
		return true;
	/* Where the kernel lists children, one look tells that there is but one. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	if (sysfile_read_text("", path, text, sizeof(text)))
		return true;
	return strchr(text, ' ') || atoi(text) != keep;
}

void worker_sweep_children(pid_t keep)
{
	for (int look = 0; look < LOOKS_MOST && reap_ended(); look++) {
		if (!has_children_but(keep) || !kill_children(keep, look > GUARD_PATIENCE_LOOKS))
			return;
		poll(NULL, 0, LOOK_MS);
	}
}
