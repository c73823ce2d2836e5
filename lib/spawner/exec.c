/* SPDX-License-Identifier: MIT */
/* posix-spawn, fork-exec and their like: execute the target; waited for as a child. */
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw-syscall.h"
#include "spawner.h"

extern char **environ;

struct exec_state {
	struct spawn_config config;
};

static int exec_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct exec_state *own = state;

	own->config = *config;
	if (!access(config->target, X_OK))
		return 0;
	*ret_reason = "the program to execute is missing, or not executable for this account";
	return -errno;
}

/*
 * The target's directory becomes the first of PATH, once.  It stays there after
 * close(): other creators of this process may still search it.
 */
static int search_first(const char *target)
{
	const char *slash = strrchr(target, '/');
	size_t length = slash > target ? (size_t)(slash - target) : 1;
	const char *directory = slash ? target : ".";
	const char *old = getenv("PATH");
	char *path;
	int error;

	if (old && !strncmp(old, directory, length) && (old[length] == ':' || !old[length]))
		return 0;
	if (asprintf(&path, "%.*s%s%s", (int)length, directory, old ? ":" : "", old ? old : "") == -1)
		return -ENOMEM;
	error = setenv("PATH", path, 1) ? -errno : 0;
	free(path);
	return error;
}

/* The environment is the process's, and so is this lock: creators may be threads. */
static pthread_mutex_t path_lock = PTHREAD_MUTEX_INITIALIZER;

static int posix_spawnp_open(void *state, const struct spawn_config *config,
			     const char **ret_reason)
{
	int error = exec_open(state, config, ret_reason);

	if (error)
		return error;
	pthread_mutex_lock(&path_lock);
	error = search_first(config->target);
	pthread_mutex_unlock(&path_lock);
	return error;
}

static int posix_spawn_start(void *state, struct spawn_task *task)
{
	const struct exec_state *own = state;

	return -posix_spawn(&task->pid, own->config.target, NULL, NULL, task->arguments, environ);
}

static int posix_spawnp_start(void *state, struct spawn_task *task)
{
	const struct exec_state *own = state;

	return -posix_spawnp(&task->pid, own->config.target_name, NULL, NULL, task->arguments,
			     environ);
}

/* The task is shared memory: the child must not store its own 0 there. */
static int fork_exec_start(void *state, struct spawn_task *task)
{
	const struct exec_state *own = state;
	pid_t pid = fork();

	if (pid == 0)
		spawn_task_execute(task, &own->config);
	task->pid = pid;
	return pid == -1 ? -errno : 0;
}

/* The child runs in this very frame, writes nothing here and never returns. */
UNINSTRUMENTED_FUNCTION static int vfork_exec_start(void *state, struct spawn_task *task)
{
	const struct exec_state *own = state;
	pid_t pid = vfork();

	if (pid == 0)
		spawn_task_execute(task, &own->config);
	task->pid = pid;
	return pid == -1 ? -errno : 0;
}

static int exec_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return spawn_wait(task);
}

static void exec_close(void *state)
{
	(void)state;
}

#define EXECUTER(identifier, option, more_traits, open_hook, text) \
	const struct spawner spawner_##identifier = { \
		.about = { option, text, SPAWN_PROCESS | SPAWN_EXEC | (more_traits) }, \
		.state_bytes = sizeof(struct exec_state), \
		.open = open_hook, \
		.start = identifier##_start, \
		.reap = exec_reap, \
		.close = exec_close, \
	}

EXECUTER(posix_spawn, "posix-spawn", SPAWN_NO_CHILD_CODE, exec_open,
	 "posix_spawn(3) of the target by its path");
EXECUTER(posix_spawnp, "posix-spawnp", SPAWN_NO_CHILD_CODE, posix_spawnp_open,
	 "posix_spawnp(3): the same by name, first hit in PATH");
EXECUTER(fork_exec, "fork-exec", SPAWN_COPIES, exec_open,
	 "fork(3), then execve(2) of the target");
EXECUTER(vfork_exec, "vfork-exec", SPAWN_SUSPENDS, exec_open,
	 "vfork(2), then execve(2): the parent is frozen until then");
