/* SPDX-License-Identifier: MIT */
/* null: a plain function call; what it costs is the harness's own. */
#include "spawner/mechanism/list.h"

static int null_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	(void)state, (void)config, (void)ret_reason;
	return 0;
}

static int null_start(void *state, struct spawn_task *task)
{
	(void)state;
	spawn_task_begin(task);
	return 0;
}

static int null_reap(void *state, struct spawn_task *task)
{
	(void)state;
	spawn_task_end(task);
	return 0;
}

static void null_close(void *state)
{
	(void)state;
}

const struct spawner spawner_null = {
	.about = { "null", "a function call: the cost of the harness itself",
		   SPAWN_USER | MECHANISM_YARDSTICK |
		   MECHANISM_FLOOR },
	.open = null_open,
	.start = null_start,
	.reap = null_reap,
	.close = null_close,
};
