/* SPDX-License-Identifier: MIT */
#include "channel/switch/cgroup-nest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/cgroup-directory.h"
#include "kernel/proc-task.h"

/* Names are random: one that is taken is tried again, but not for ever. */
#define NAME_TRIES 8

static int write_file(const char *directory, const char *name, const char *text)
{
	char path[SYSFILE_PATH_MAX];
	int fd, error = 0;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	if (write(fd, text, strlen(text)) == -1)
		error = -errno;
	close(fd);
	return error;
}

/* The directory of the group so many below the top. */
static int directory_at(const struct cgroup_nest *nest, uint32_t below, char *ret)
{
	size_t length = strlen(nest->top);

	memcpy(ret, nest->top, length + 1);
	for (uint32_t i = 1; i <= below; i++) {
		int added = snprintf(ret + length, SYSFILE_PATH_MAX - length, "/%u", i);

		length += (size_t)added;
		if (length >= SYSFILE_PATH_MAX)
			return -ENAMETOOLONG;
	}
	return 0;
}

static int remove_groups(const void *object)
{
	const struct cgroup_nest *nest = object;
	int error = 0;

	for (uint32_t i = nest->directories; i-- > 0 && !error;) {
		char path[SYSFILE_PATH_MAX];

		error = directory_at(nest, i, path);
		if (!error)
			error = cgroup_directory_remove(path);
	}
	return error;
}

static int make_group(const struct cgroup_nest *nest, uint32_t below)
{
	char path[SYSFILE_PATH_MAX];
	int error = directory_at(nest, below, path);

	if (!error && mkdir(path, 0755))
		error = -errno;
	if (!error && nest->start.version == 2 && below + 1 < nest->directories)
		error = write_file(path, "cgroup.subtree_control", "+cpu");
	return error;
}

static int make_groups(const void *object)
{
	const struct cgroup_nest *nest = object;
	int error = 0;

	for (uint32_t i = 0; i < nest->directories && !error; i++) {
		error = make_group(nest, i);
		/* Of a top that is there already, nothing is ours. */
		if (error && !(error == -EEXIST && !i))
			remove_groups(nest);
	}
	return error;
}

static uint32_t levels_of(const char *place)
{
	uint32_t levels = 0;

	for (const char *at = place; *at; at++)
		levels += *at == '/' && at[1] && at[1] != '/';
	return levels;
}

int cgroup_nest_levels(const struct cgroup_nest *nest, int pid)
{
	char place[SYSFILE_PATH_MAX];

	if (!proc_shows_us() || sysfile_cgroup_place("", pid, "cpu", place))
		return -1;
	return (int)levels_of(place) - (int)nest->start_levels;
}

static bool names_cpu(const char *controllers)
{
	char words[SYSFILE_PATH_MAX + 2];

	snprintf(words, sizeof(words), " %s ", controllers);
	return strstr(words, " cpu ");
}

/* From our own group upwards, the first that may have groups with the controller in it. */
static int find_parent(struct cgroup_nest *nest, struct sysfile_cgroup *ret)
{
	*ret = nest->start;
	if (ret->version == 1)
		return 0;
	do {
		char controllers[SYSFILE_PATH_MAX];

		if (!sysfile_cgroup_text("", ret, "cgroup.subtree_control", controllers,
					 sizeof(controllers)) && names_cpu(controllers))
			return 0;
		nest->directories++;
	} while (sysfile_cgroup_climb(ret));
	return -EOPNOTSUPP;
}

static int find_start(struct cgroup_nest *nest)
{
	char place[SYSFILE_PATH_MAX];
	int error = sysfile_cgroup_find("", "cpu", &nest->start);

	if (!error)
		error = sysfile_cgroup_place("", 0, "cpu", place);
	nest->start_levels = levels_of(place);
	return error;
}

/* Under a name that is free. */
static int begin_guard(struct cgroup_nest *nest, const struct sysfile_cgroup *parent,
		       const char **ret_reason)
{
	int error = -EEXIST;

	nest->work = (struct guard_work){ make_groups, remove_groups, nest };
	for (int try = 0; try < NAME_TRIES && error == -EEXIST; try++) {
		error = cgroup_directory_name(parent->path, nest->top, sizeof(nest->top));
		if (!error)
			error = guard_begin(&nest->guard, &nest->work, ret_reason);
	}
	return error;
}

static int move_in(struct cgroup_nest *nest)
{
	char path[SYSFILE_PATH_MAX];
	int error = directory_at(nest, nest->directories - 1, path);

	return error ? error : write_file(path, "cgroup.procs", "0");
}

static const char *reason_of(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
	case -EROFS:
		return "this account may not, or the tree is read-only: run it as root, or under "
		       "systemd-run --user --scope -p Delegate=yes";
	case -ENOENT:
		return "no hierarchy with the cpu controller is mounted where it can be seen";
	case -EOPNOTSUPP:
		return "no group above has the cpu controller for its children: write +cpu to the "
		       "cgroup.subtree_control of the topmost";
	case -EAGAIN:
		return "cgroup.max.depth or cgroup.max.descendants of a group above is too low";
	case -EINVAL:
		return "the kernel takes no task of this policy into a group: use another --sched";
	default:
		return NULL;
	}
}

static void tell_why(int error, const char *reason, char *ret_reason)
{
	if (!reason)
		reason = reason_of(error);
	snprintf(ret_reason, CGROUP_NEST_REASON_BYTES, "no cgroup can be made here: %s",
		 reason ? reason : strerror(-error));
}

int cgroup_nest_begin(struct cgroup_nest *nest, uint32_t depth, char *ret_reason)
{
	struct sysfile_cgroup parent;
	const char *reason = NULL;
	int error;

	*nest = (struct cgroup_nest){ .depth = depth, .directories = depth };
	*ret_reason = '\0';
	if (!depth)
		return 0;
	error = find_start(nest);
	if (!error)
		error = find_parent(nest, &parent);
	if (!error)
		error = begin_guard(nest, &parent, &reason);
	if (!error) {
		error = move_in(nest);
		if (error)
			guard_end(&nest->guard, &nest->work);
	}
	if (error)
		tell_why(error, reason, ret_reason);
	if (error)
		nest->depth = 0;
	return error;
}

void cgroup_nest_end(struct cgroup_nest *nest)
{
	if (!nest->depth)
		return;
	if (write_file(nest->start.path, "cgroup.procs", "0"))
		close(nest->guard.socket);
	else
		guard_end(&nest->guard, &nest->work);
	nest->depth = 0;
}
