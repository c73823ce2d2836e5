/* SPDX-License-Identifier: MIT */
#include "run/reap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/helper-process.h"
#include "kernel/proc-task.h"
#include "kernel/sysfile.h"

/* Between looks. */
#define LOOK_MS 1
/* For guards, before they are killed too.  By the clock: among thousands of processes a look is long. */
#define GUARD_PATIENCE_NS 6000000000u
/* One that cannot be killed (set-uid, or stuck in the kernel) must not hold us. */
#define PATIENCE_NS 9000000000u

struct search {
	pid_t self;
	bool with_guards;
};

bool reap_is_guard(pid_t pid)
{
	char path[PROC_TASK_PATH_MAX], name[32] = "";

	proc_task_path(pid, "comm", path);
	sysfile_read_text("", path, name, sizeof(name));
	return !strcmp(name, GUARD_NAME);
}

static int kill_if_child(const char *entry, void *context)
{
	const struct search *search = context;
	char path[320], text[512] = "", *behind;
	int pid = atoi(entry), parent = 0;

	if (pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/stat", entry);
	sysfile_read_text("", path, text, sizeof(text));
	/* "pid (name) state ppid ...": the name may hold anything, also ')'. */
	behind = strrchr(text, ')');
	if (!behind || sscanf(behind + 1, " %*c %d", &parent) != 1 || parent != search->self)
		return 0;
	/* Only we can reap it, so that the number is still its own. */
	if (search->with_guards || !reap_is_guard(pid))
		kill(pid, SIGKILL);
	return 0;
}

static void kill_children(bool with_guards)
{
	struct search search = { .self = getpid(), .with_guards = with_guards };

	/* Numbers of another PID namespace are other processes here. */
	if (proc_shows_us())
		sysfile_each_entry("", "/proc", kill_if_child, &search);
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

void worker_sweep_within(uint64_t guards_ns, uint64_t all_ns)
{
	uint64_t begin = clock_raw_ns(), spent = 0;

	while (spent < all_ns && reap_ended()) {
		kill_children(spent > guards_ns);
		poll(NULL, 0, LOOK_MS);
		spent = clock_raw_ns() - begin;
	}
}

void reap_children(void)
{
	worker_sweep_within(GUARD_PATIENCE_NS, PATIENCE_NS);
}
