/* SPDX-License-Identifier: MIT */
#include "kernel/user-namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Of this process, and of those that it forks. */
static bool has_ipc_namespace;

static int write_text(const char *path, const char *text)
{
	size_t length = strlen(text);
	int error = 0;
	int file = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (file == -1)
		return -errno;
	written = write(file, text, length);
	if (written == -1)
		error = -errno;
	else if ((size_t)written != length)
		error = -EIO;
	close(file);
	return error;
}

/* The account's own ids, by the names that they have inside: a map of one is all that
 * it may write. */
static int map_ids(uid_t inner_user, uid_t user, gid_t inner_group, gid_t group)
{
	char map[64];
	int error = write_text("/proc/self/setgroups", "deny");

	if (error)
		return error;
	snprintf(map, sizeof(map), "%u %u 1", inner_user, user);
	error = write_text("/proc/self/uid_map", map);
	if (error)
		return error;
	snprintf(map, sizeof(map), "%u %u 1", inner_group, group);
	return write_text("/proc/self/gid_map", map);
}

static int enter_as(uid_t inner_user, gid_t inner_group)
{
	pid_t parent = getppid();
	uid_t user = geteuid();
	gid_t group = getegid();
	int signal_number = 0;
	int error;

	if (prctl(PR_GET_PDEATHSIG, &signal_number) || unshare(CLONE_NEWUSER))
		return -errno;
	error = map_ids(inner_user, user, inner_group, group);
	if (error)
		return error;
	if (signal_number && prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

int user_namespace_enter(void)
{
	return enter_as(geteuid(), getegid());
}

/* The limits of an IPC namespace belong to who is 0 in its user namespace. */
static int unshare_ipc(void)
{
	int error;

	if (!unshare(CLONE_NEWIPC))
		return 0;
	if (errno != EPERM)
		return -errno;
	error = enter_as(0, 0);
	if (error)
		return error;
	return unshare(CLONE_NEWIPC) ? -errno : 0;
}

int ipc_namespace_enter(void)
{
	int error = unshare_ipc();

	has_ipc_namespace |= !error;
	return error;
}

bool ipc_namespace_is_own(void)
{
	return has_ipc_namespace;
}
