/* SPDX-License-Identifier: MIT */
#include "run/sweep.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/helper-process.h"
#include "kernel/proc-task.h"
#include "kernel/sysfile.h"

/* Milliseconds between looks, and for guards before they are killed too. */
#define LOOK_MS 1
#define GUARD_PATIENCE_LOOKS 6000
/* One that cannot be killed (set-uid, or stuck in the kernel) must not hold us. */
#define LOOKS_MOST 9000

struct sweep {
	pid_t self;
	bool with_guards;
};

bool worker_sweep_is_guard(pid_t pid)
{
	char path[PROC_TASK_PATH_MAX], name[32] = "";

	proc_task_path(pid, "comm", path);
	sysfile_read_text("", path, name, sizeof(name));
	return !strcmp(name, GUARD_NAME);
}

static int kill_if_child(const char *entry, void *context)
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
	/* Only we can reap it, so that the number is still its own. */
	if (sweep->with_guards || !worker_sweep_is_guard(pid))
		kill(pid, SIGKILL);
	return 0;
}

static void kill_children(bool with_guards)
{
	struct sweep sweep = { .self = getpid(), .with_guards = with_guards };

	/* Numbers of another PID namespace are other processes here. */
	if (proc_shows_us())
		sysfile_each_entry("", "/proc", kill_if_child, &sweep);
}

/* Reaps what has ended.  False when there is no child at all, which is cheap to know. */
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
	for (int look = 0; look < LOOKS_MOST && reap_ended(); look++) {
		kill_children(look > GUARD_PATIENCE_LOOKS);
		poll(NULL, 0, LOOK_MS);
	}
}
