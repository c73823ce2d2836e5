/* SPDX-License-Identifier: MIT */
/*
 * tool/path - finds the workers.
 *
 * HANDOFF_WORKERS names their folder.  Without it they are in `workers` beside the
 * tool's own folder, as in a build tree; else in libexec as configured.
 *
 * 0, or -errno with the path that was looked at last in ret_path.
 */
#ifndef HANDOFF_TOOL_PATH_H
#define HANDOFF_TOOL_PATH_H

#define TOOL_PATH_MAX 4096

int tool_worker_path(const char *name, char ret_path[TOOL_PATH_MAX]);

#endif
