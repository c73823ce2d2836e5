/* SPDX-License-Identifier: MIT */
/* posix-spawn, fork-exec and their like: execute the target; waited for as a child. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"
#include "spawner/mechanism/list.h"

extern char **environ;

struct exec_state {
	struct spawn_config config;
};

static int exec_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct exec_state *own = state;

	own->config = *config;
	return spawn_check_target(config, ret_reason);
}

static const char *path_in(char *const *environment)
{
	for (; environment && *environment; environment++)
		if (!strncmp(*environment, "PATH=", 5))
			return *environment + 5;
	return NULL;
}

static bool begins_with(const char *path, const char *directory, size_t length)
{
	return path && !strncmp(path, directory, length) && (path[length] == ':' || !path[length]);
}

/* The same environment, in one piece of memory, with this directory first in PATH. */
static char **prepend_to_path(char *const *old, const char *directory, size_t length)
{
	const char *path = path_in(old);
	size_t count = 0, kept = 1, array_bytes, path_bytes;
	char **new;

	while (old && old[count])
		count++;
	array_bytes = (count + 2) * sizeof(*new);
	path_bytes = sizeof("PATH=:") + length + (path ? strlen(path) : 0);
	new = malloc(array_bytes + path_bytes);
	if (!new)
		return NULL;
	new[0] = (char *)new + array_bytes;
	snprintf(new[0], path_bytes, "PATH=%.*s%s%s", (int)length, directory, path ? ":" : "",
		 path ? path : "");
	for (size_t i = 0; i < count; i++)
		if (strncmp(old[i], "PATH=", 5))
			new[kept++] = old[i];
	new[kept] = NULL;
	return new;
}

/*
 * The target's directory becomes the first of PATH, once, and stays there after
 * close(): other creators of this process may still search it.  They may be
 * threads amidst their search, so nothing is changed under their eyes, as
 * setenv() would: a whole new environment takes the old one's place, both are
 * never freed, and whoever comes second finds it done.
 */
static int search_first(const char *target)
{
	const char *slash = strrchr(target, '/');
	const char *directory = slash ? target : ".";
	size_t length = slash > target ? (size_t)(slash - target) : 1;
	char **old = __atomic_load_n(&environ, __ATOMIC_ACQUIRE), **new;

	while (!begins_with(path_in(old), directory, length)) {
		new = prepend_to_path(old, directory, length);
		if (!new)
			return -ENOMEM;
		if (__atomic_compare_exchange_n(&environ, &old, new, false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return 0;
		free(new);
	}
	return 0;
}

static int posix_spawnp_open(void *state, const struct spawn_config *config,
			     const char **ret_reason)
{
	int error = exec_open(state, config, ret_reason);

	return error ? error : search_first(config->target);
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
		.clone_flags = SPAWN_FLAGS_OF_LIBC, \
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
