/* SPDX-License-Identifier: MIT */
/* threads, processes: a task that blocks for each request: pread(2), pwrite(2), clock_nanosleep(2). */
#include "engine-block.h"
#include "engine-crew.h"

struct blocking {
	const struct engine_config *config;
	struct engine_crew crew;
};

/* Each task has a lane of its own. */
static int make_requests(void *context, uint32_t index)
{
	const struct blocking *blocking = context;
	const struct engine_config *config = blocking->config;
	struct engine_lane *lane = &config->lanes[index];
	int error = 0;

	while (!error && engine_take(lane))
		error = engine_done(lane, engine_block_io(config, lane));
	return error;
}

static int begin(struct blocking *blocking, const struct engine_config *config, bool is_process,
		 char *ret_reason)
{
	blocking->config = config;
	blocking->crew = (struct engine_crew){
		.count = config->depth, .is_process = is_process,
		.work = make_requests, .context = blocking,
	};
	return engine_crew_begin(&blocking->crew, ret_reason);
}

static int threads_open(void *state, const struct engine_config *config, char *ret_reason)
{
	return begin(state, config, false, ret_reason);
}

static int processes_open(void *state, const struct engine_config *config, char *ret_reason)
{
	return begin(state, config, true, ret_reason);
}

static int blocking_run(void *state)
{
	struct blocking *blocking = state;

	return engine_crew_run(&blocking->crew);
}

static void blocking_tell(const void *state, struct engine_facts *ret)
{
	const struct blocking *blocking = state;

	ret->tasks = blocking->config->depth;
	ret->child_cpu_ns = engine_crew_cpu_ns(&blocking->crew);
	ret->child_switches = engine_crew_switches(&blocking->crew);
	if (blocking->config->operation == ENGINE_SLEEP)
		ret->child_memory_kib = engine_crew_memory_kib(&blocking->crew);
	ret->calls = engine_block_calls(blocking->config);
}

static void blocking_close(void *state)
{
	struct blocking *blocking = state;

	engine_crew_end(&blocking->crew);
}

#define BLOCKING(identifier, option, text) \
	const struct engine engine_##identifier = { \
		.about = { option, text, ENGINE_SLEEPS }, \
		.state_bytes = sizeof(struct blocking), \
		.open = identifier##_open, \
		.run = blocking_run, \
		.tell = blocking_tell, \
		.close = blocking_close, \
	}

BLOCKING(threads, "threads", "a thread that blocks for each request in flight");
BLOCKING(processes, "processes", "a process that blocks for each request in flight");
