/* SPDX-License-Identifier: MIT */
#include "tool/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int tool_worker_path(const char *name, char ret_path[TOOL_PATH_MAX])
{
	const char *folder = secure_getenv("HANDOFF_WORKERS");
	int length = snprintf(ret_path, TOOL_PATH_MAX, "%s/%s", folder ? folder : WORKER_DIR, name);

	if (length >= TOOL_PATH_MAX)
		return -ENAMETOOLONG;
	return access(ret_path, X_OK) ? -errno : 0;
}
