/* SPDX-License-Identifier: MIT */
#include "tool/path.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The folder that this program was executed from; false: not known. */
static bool own_folder(char ret_folder[PATH_MAX])
{
	const char *executed = (const char *)getauxval(AT_EXECFN);
	char *end;

	/* Without a /proc of ours what was executed is known by its name alone. */
	if (!realpath("/proc/self/exe", ret_folder) &&
	    (!executed || !realpath(executed, ret_folder)))
		return false;
	end = strrchr(ret_folder, '/');
	if (!end)
		return false;
	*end = '\0';
	return true;
}

static int path_in(const char *folder, const char *name, char ret_path[TOOL_PATH_MAX])
{
	int length = snprintf(ret_path, TOOL_PATH_MAX, "%s/%s", folder, name);

	if (length >= TOOL_PATH_MAX)
		return -ENAMETOOLONG;
	return access(ret_path, X_OK) ? -errno : 0;
}

/* A tool that is not installed stands beside the workers that were built with it. */
static int path_in_build_tree(const char *name, char ret_path[TOOL_PATH_MAX])
{
	char folder[PATH_MAX + sizeof("/../workers")];

	if (!own_folder(folder))
		return -ENOENT;
	strcat(folder, "/../workers");
	return path_in(folder, name, ret_path);
}

int tool_worker_path(const char *name, char ret_path[TOOL_PATH_MAX])
{
	const char *folder = secure_getenv("HANDOFF_WORKERS");

	if (folder)
		return path_in(folder, name, ret_path);
	if (!path_in_build_tree(name, ret_path))
		return 0;
	return path_in(WORKER_DIR, name, ret_path);
}
