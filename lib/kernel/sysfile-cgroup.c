/* SPDX-License-Identifier: MIT */
/* kernel/sysfile-cgroup - the control groups of this process; see kernel/sysfile.h. */
#include "kernel/sysfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CGROUP_MOUNT "/sys/fs/cgroup"

/* The lines of /proc/self/cgroup that matter: "4:cpu,cpuacct:/a" and "0::/a" */
struct membership {
	const char *controller;
	bool has_version_1;
	bool has_version_2;
	char controllers[128];
	char version_1_path[SYSFILE_PATH_MAX];
	char version_2_path[SYSFILE_PATH_MAX];
};

static bool names_controller(const char *list, const char *controller)
{
	size_t length = strlen(controller);

	while (*list) {
		size_t word = strcspn(list, ",");

		if (word == length && !memcmp(list, controller, length))
			return true;
		list += word + (list[word] == ',');
	}
	return false;
}

static int take_membership(char *line, void *context)
{
	struct membership *member = context;
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path || strlen(path + 1) >= SYSFILE_PATH_MAX)
		return 0;
	*controllers++ = '\0';
	*path++ = '\0';
	if (!*controllers) {
		member->has_version_2 = true;
		strcpy(member->version_2_path, path);
	} else if (names_controller(controllers, member->controller) &&
		   strlen(controllers) < sizeof(member->controllers)) {
		member->has_version_1 = true;
		strcpy(member->controllers, controllers);
		strcpy(member->version_1_path, path);
	}
	return 0;
}

/* Takes mount, and the group below it where that can be seen. */
static bool choose_directory(const char *root, const char *mount,
			     const char *path, struct sysfile_cgroup *ret)
{
	int length;

	if (!sysfile_exists(root, mount))
		return false;
	ret->mount_length = strlen(mount);
	/* Outside our cgroup namespace a path climbs with "..": no way there */
	if (!strcmp(path, "/") || strstr(path, ".."))
		path = "";
	length = snprintf(ret->path, sizeof(ret->path), "%s%s", mount, path);
	if (length < 0 || (size_t)length >= sizeof(ret->path) ||
	    !sysfile_exists(root, ret->path))
		snprintf(ret->path, sizeof(ret->path), "%s", mount);
	return true;
}

static bool find_version_1(const char *root, const struct membership *member,
			   struct sysfile_cgroup *ret)
{
	const char *names[] = { member->controller, member->controllers };
	char mount[256];

	ret->version = 1;
	for (size_t i = 0; i < 2; i++) {
		snprintf(mount, sizeof(mount), CGROUP_MOUNT "/%s", names[i]);
		if (choose_directory(root, mount, member->version_1_path, ret))
			return true;
	}
	return false;
}

static bool find_version_2(const char *root, const struct membership *member,
			   struct sysfile_cgroup *ret)
{
	ret->version = 2;
	return choose_directory(root, CGROUP_MOUNT "/unified",
				member->version_2_path, ret) ||
	       choose_directory(root, CGROUP_MOUNT,
				member->version_2_path, ret);
}

int sysfile_cgroup_find(const char *root, const char *controller,
			struct sysfile_cgroup *ret)
{
	struct membership member = { .controller = controller };
	int result = sysfile_each_line(root, "/proc/self/cgroup",
				       take_membership, &member);

	if (result < 0)
		return result;
	/* A controller is in one hierarchy; version 1 names it, so ask first */
	if (member.has_version_1)
		return find_version_1(root, &member, ret) ? 0 : -ENOENT;
	if (member.has_version_2)
		return find_version_2(root, &member, ret) ? 0 : -ENOENT;
	return -ENOENT;
}

int sysfile_cgroup_place(const char *root, int pid, const char *controller,
			 char ret[SYSFILE_PATH_MAX])
{
	struct membership member = { .controller = controller };
	char path[64] = "/proc/self/cgroup";
	int result;

	ret[0] = '\0';
	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	result = sysfile_each_line(root, path, take_membership, &member);
	if (result < 0)
		return result;
	if (!member.has_version_1 && !member.has_version_2)
		return -ENOENT;
	strcpy(ret, member.has_version_1 ? member.version_1_path : member.version_2_path);
	return 0;
}

bool sysfile_cgroup_climb(struct sysfile_cgroup *group)
{
	char *slash = strrchr(group->path, '/');

	if (strlen(group->path) <= group->mount_length || !slash)
		return false;
	*slash = '\0';
	return true;
}

static int file_path(const struct sysfile_cgroup *group, const char *file,
		     char ret[SYSFILE_PATH_MAX])
{
	int length = snprintf(ret, SYSFILE_PATH_MAX, "%s/%s", group->path,
			      file);

	return length < 0 || length >= SYSFILE_PATH_MAX ? -ENAMETOOLONG : 0;
}

int sysfile_cgroup_text(const char *root, const struct sysfile_cgroup *group,
			const char *file, char *ret, size_t size)
{
	char path[SYSFILE_PATH_MAX];
	int result = file_path(group, file, path);

	ret[0] = '\0';
	return result ? result : sysfile_read_text(root, path, ret, size);
}

int sysfile_cgroup_keyed_integer(const char *root,
				 const struct sysfile_cgroup *group,
				 const char *file, const char *key,
				 int64_t *ret)
{
	char path[SYSFILE_PATH_MAX];
	int result = file_path(group, file, path);

	return result ? result :
	       sysfile_read_keyed_integer(root, path, key, ret);
}
