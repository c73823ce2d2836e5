/* SPDX-License-Identifier: MIT */
/* vfork: the child borrows memory and stack; its parent is frozen until it ends. */
#include <errno.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"
#include "spawner/mechanism/list.h"

static int vfork_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	(void)state, (void)config, (void)ret_reason;
	return 0;
}

/*
 * The child runs in this very frame: it writes nothing here, never returns,
 * and is not instrumented, as a sanitizer would take its end for ours.
 */
UNINSTRUMENTED_FUNCTION static int vfork_start(void *state, struct spawn_task *task)
{
	pid_t pid = vfork();

	(void)state;
	if (pid == 0)
		spawn_task_exit(task);
	task->pid = pid;
	return pid == -1 ? -errno : 0;
}

static int vfork_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return spawn_wait(task);
}

static void vfork_close(void *state)
{
	(void)state;
}

const struct spawner spawner_vfork = {
	.about = { "vfork", "vfork(2): memory and stack lent to the child until it ends",
		   SPAWN_PROCESS | SPAWN_SHARES | SPAWN_SUSPENDS },
	.clone_flags = SPAWN_FLAGS_OF_LIBC,
	.open = vfork_open,
	.start = vfork_start,
	.reap = vfork_reap,
	.close = vfork_close,
};
