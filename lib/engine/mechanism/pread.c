/* SPDX-License-Identifier: MIT */
/* pread: one thread that blocks, one request at a time: pread(2), pwrite(2), clock_nanosleep(2). */
#include "engine/block.h"
#include "engine/mechanism/list.h"

struct pread_state {
	const struct engine_config *config;
	uint64_t calls;
};

static int pread_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct pread_state *own = state;

	(void)ret_reason;
	own->config = config;
	return 0;
}

static int pread_run(void *state)
{
	struct pread_state *own = state;
	const struct engine_config *config = own->config;
	struct engine_lane *lane = config->lanes;
	int error = 0;

	while (!error && engine_take(lane)) {
		error = engine_done(lane, engine_block_io(config, lane));
		own->calls++;
	}
	return error;
}

static void pread_tell(const void *state, struct engine_facts *ret)
{
	const struct pread_state *own = state;

	ret->tasks = 1;
	ret->calls = (double)own->calls;
}

static void pread_close(void *state)
{
	(void)state;
}

const struct engine engine_pread = {
	.about = { "pread", "one thread that blocks: pread(2), pwrite(2)",
		   ENGINE_ONE | ENGINE_SLEEPS },
	.state_bytes = sizeof(struct pread_state),
	.open = pread_open,
	.run = pread_run,
	.tell = pread_tell,
	.close = pread_close,
};
