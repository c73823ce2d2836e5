/* SPDX-License-Identifier: MIT */
/* clone3-cgroup: a copying child, born into a cgroup of its own; waited for by pid. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/cgroup-directory.h"
#include "kernel/guard.h"
#include "kernel/raw-syscall.h"
#include "spawner/clone3-probe.h"
#include "spawner/mechanism/list.h"

/* The longest path, and the name below it. */
#define DIRECTORY_BYTES (PATH_MAX + 32)

/* Names are random: one that is taken is tried again, but not for ever. */
#define NAME_TRIES 8

struct cgroup_state {
	int directory;
	struct helper guard;
	struct guard_work work;
	char path[DIRECTORY_BYTES];
};

/* This process's place in the cgroup v2 tree, as /proc/self/cgroup has it: "0::/place". */
static int own_place(char place[PATH_MAX])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 8];
	int error = -ENOENT;

	if (!file)
		return -errno;
	while (error && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::", 3) && strlen(line + 3) < PATH_MAX) {
			strcpy(place, line + 3);
			error = 0;
		}
	}
	fclose(file);
	return error;
}

/*
 * What follows the mount point for a place in the tree: a container may mount
 * only a part of it, whose top is root.  NULL where the place is out of sight.
 */
static const char *place_below(const char *place, const char *root)
{
	size_t length = strcmp(root, "/") ? strlen(root) : 0;

	if (!strncmp(place, "/..", 3) || strncmp(place, root, length))
		return NULL;
	return place[length] == '/' || !place[length] ? place + length : NULL;
}

/* The directory of this process's own cgroup. */
static int own_directory(char path[PATH_MAX])
{
	char *line = NULL, root[PATH_MAX], mount[PATH_MAX], place[PATH_MAX];
	size_t line_bytes = 0;
	FILE *file;
	int error = own_place(place);

	if (error)
		return error;
	file = fopen("/proc/self/mountinfo", "re");
	if (!file)
		return -errno;
	error = -ENOENT;
	while (error && getline(&line, &line_bytes, file) != -1) {
		const char *below;

		if (!strstr(line, " - cgroup2 ") ||
		    sscanf(line, "%*s %*s %*s %4095s %4095s", root, mount) != 2)
			continue;
		below = place_below(place, root);
		/* Another mount may cover this one. */
		if (below && snprintf(path, PATH_MAX, "%s%s", mount, below) < PATH_MAX &&
		    !access(path, F_OK))
			error = 0;
	}
	free(line);
	fclose(file);
	return error;
}

static int make_group(const void *path)
{
	return mkdir(path, 0755) ? -errno : 0;
}

static int remove_group(const void *path)
{
	return cgroup_directory_remove(path);
}

static int begin_guard(struct cgroup_state *own, const char *parent, const char **ret_reason)
{
	int error = -EEXIST;

	own->work = (struct guard_work){ make_group, remove_group, own->path };
	for (int try = 0; try < NAME_TRIES && error == -EEXIST; try++) {
		error = cgroup_directory_name(parent, own->path, sizeof(own->path));
		if (!error)
			error = guard_begin(&own->guard, &own->work, ret_reason);
	}
	return error;
}

static long cgroup_clone(const struct cgroup_state *own)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)own->directory,
	};

	return raw_syscall(SYS_clone3, (long)&arguments, sizeof(arguments), 0, 0, 0, 0);
}

/* To make the directory is one right, to be born into it another. */
static int cgroup_try(const struct cgroup_state *own)
{
	struct spawn_task child = { 0 };
	long pid = cgroup_clone(own);

	if (pid == 0)
		for (;;)
			raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
	child.pid = (pid_t)pid;
	return pid < 0 ? (int)pid : spawn_wait(&child);
}

static const char *reason_of(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
	case -EROFS:
		return "needs a cgroup v2 directory that this account may write: "
		       "run it under systemd-run --user --scope -p Delegate=yes";
	case -ENOENT:
		return "no cgroup v2 tree is mounted where this process could see its own group";
	case -EOPNOTSUPP:
		return "the worker's cgroup is threaded, or its controllers forbid processes below";
	case -EINVAL:
	case -E2BIG:
		return "needs clone3 into a cgroup: Linux 5.7";
	default:
		return NULL;
	}
}

static void cgroup_close(void *state)
{
	struct cgroup_state *own = state;

	if (own->directory != -1)
		close(own->directory);
	guard_end(&own->guard, &own->work);
}

static int cgroup_prepare(struct cgroup_state *own, const char **ret_reason)
{
	char parent[PATH_MAX];
	int error = clone3_probe(ret_reason);

	if (error)
		return error;
	own->directory = -1;
	error = own_directory(parent);
	if (!error)
		error = begin_guard(own, parent, ret_reason);
	if (error)
		return error;
	own->directory = open(own->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = own->directory == -1 ? -errno : cgroup_try(own);
	if (error)
		cgroup_close(own);
	return error;
}

static int cgroup_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	const char *reason = NULL;
	int error = cgroup_prepare(state, &reason);

	(void)config;
	if (error && !reason)
		reason = reason_of(error);
	if (reason)
		*ret_reason = reason;
	return error;
}

static int cgroup_start(void *state, struct spawn_task *task)
{
	long pid = cgroup_clone(state);

	if (pid == 0)
		spawn_task_exit(task);
	task->pid = (pid_t)pid;
	return pid < 0 ? (int)pid : 0;
}

static int cgroup_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return spawn_wait(task);
}

const struct spawner spawner_clone3_cgroup = {
	.about = { "clone3-cgroup", "clone3 straight into another cgroup",
		   SPAWN_PROCESS | SPAWN_COPIES },
	.clone_flags = CLONE_INTO_CGROUP,
	.state_bytes = sizeof(struct cgroup_state),
	.open = cgroup_open,
	.start = cgroup_start,
	.reap = cgroup_reap,
	.close = cgroup_close,
};
