/* SPDX-License-Identifier: MIT */
/* null: no request at all, each ends as it is taken: what the harness itself costs. */
#include "engine/lane.h"
#include "engine/mechanism/list.h"

struct null_state {
	const struct engine_config *config;
};

static int null_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct null_state *null = state;

	(void)ret_reason;
	null->config = config;
	return 0;
}

static int null_run(void *state)
{
	const struct null_state *null = state;
	struct engine_lane *lane = null->config->lanes;
	int error = 0;

	while (!error && engine_take(lane))
		error = engine_done(lane, 0);
	return error;
}

static void null_close(void *state)
{
	(void)state;
}

const struct engine engine_null = {
	.about = { "null", "no request at all: what the harness itself costs",
		   ENGINE_NULL | ENGINE_NOP | ENGINE_ONE | MECHANISM_YARDSTICK |
		   MECHANISM_FLOOR },
	.state_bytes = sizeof(struct null_state),
	.open = null_open,
	.run = null_run,
	.close = null_close,
};
