/* SPDX-License-Identifier: MIT */
/* system and popen: the target through /bin/sh; libc waits for the shell. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "spawner/mechanism/list.h"

struct shell_state {
	FILE **outputs;            /* popen only: one a task alive */
	uint32_t count;
};

static int shell_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	int error = spawn_check_target(config, ret_reason);

	(void)state;
	if (error)
		return error;
	if (access("/bin/sh", X_OK)) {
		*ret_reason = "there is no /bin/sh here";
		return -errno;
	}
	return 0;
}

static void system_close(void *state)
{
	(void)state;
}

/*
 * One call starts and waits: only one such task lives at a time, and with
 * start() all is over but the check.  What start() got is no pid but a status.
 */
static int system_start(void *state, struct spawn_task *task)
{
	(void)state;
	task->pid = system(task->command);
	return task->pid == -1 ? -errno : 0;
}

static int system_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return spawn_check_status(task, task->pid);
}

static int popen_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct shell_state *own = state;
	int error = shell_open(state, config, ret_reason);

	if (error)
		return error;
	own->count = config->alive;
	own->outputs = calloc(own->count, sizeof(*own->outputs));
	return own->outputs ? 0 : -ENOMEM;
}

static int popen_start(void *state, struct spawn_task *task)
{
	struct shell_state *own = state;
	FILE *output = popen(task->command, "r");

	own->outputs[task->index % own->count] = output;
	return output ? 0 : -errno;
}

/* The end of its output comes before its own: pclose() then waits for that. */
static int popen_reap(void *state, struct spawn_task *task)
{
	struct shell_state *own = state;
	FILE *output = own->outputs[task->index % own->count];
	int is_broken, status;

	while (getc(output) != EOF)
		;
	is_broken = ferror(output);
	status = pclose(output);
	if (status == -1)
		return -errno;
	return is_broken ? -EIO : spawn_check_status(task, status);
}

static void popen_close(void *state)
{
	struct shell_state *own = state;

	free(own->outputs);
}

/* SUSPENDS in the sense that the parent runs again only after the task's end. */
const struct spawner spawner_system = {
	.about = { "system", "system(3): a shell executes the target, start and end in one call",
		   SPAWN_PROCESS | SPAWN_EXEC | SPAWN_NO_CHILD_CODE | SPAWN_NO_PID | SPAWN_SUSPENDS },
	.clone_flags = SPAWN_FLAGS_OF_LIBC,
	.open = shell_open,
	.start = system_start,
	.reap = system_reap,
	.close = system_close,
};

const struct spawner spawner_popen = {
	.about = { "popen", "popen(3) to read from such a shell, until pclose(3)",
		   SPAWN_PROCESS | SPAWN_EXEC | SPAWN_NO_CHILD_CODE | SPAWN_NO_PID },
	.clone_flags = SPAWN_FLAGS_OF_LIBC,
	.state_bytes = sizeof(struct shell_state),
	.open = popen_open,
	.start = popen_start,
	.reap = popen_reap,
	.close = popen_close,
};
