/* SPDX-License-Identifier: MIT */
/*
 * threads, processes: a task that blocks for each request: pread(2), pwrite(2),
 * clock_nanosleep(2); as a server, for each connection, recv(2) and send(2).
 */
#include <sys/socket.h>

#include "engine/block.h"
#include "engine/tasks.h"
#include "engine/echo.h"
#include "engine/mechanism/list.h"

struct blocking {
	const struct engine_config *config;
	struct engine_tasks tasks;
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
	blocking->tasks = (struct engine_tasks){
		.count = config->depth, .is_process = is_process,
		.work = make_requests, .context = blocking,
	};
	return engine_tasks_begin(&blocking->tasks, ret_reason);
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

	return engine_tasks_run(&blocking->tasks);
}

static void blocking_tell(const void *state, struct engine_facts *ret)
{
	const struct blocking *blocking = state;

	ret->tasks = blocking->config->depth;
	ret->child_cpu_ns = engine_tasks_cpu_ns(&blocking->tasks);
	ret->child_switches = engine_tasks_switches(&blocking->tasks);
	if (blocking->config->operation == ENGINE_SLEEP)
		ret->child_memory_kib = engine_tasks_memory_kib(&blocking->tasks);
	ret->calls = engine_block_calls(blocking->config);
}

static void blocking_close(void *state)
{
	struct blocking *blocking = state;

	engine_tasks_end(&blocking->tasks);
}

/* As a server */

struct blocking_server {
	const struct engine_server_config *config;
	struct engine_tasks tasks;
};

/* Of one connection; its other side must not wait for one that has failed. */
static int answer(void *context, uint32_t index)
{
	const struct blocking_server *server = context;
	struct engine_connection *connection = &server->config->list[index];
	int error = 0;

	if (server->tasks.is_process)
		__atomic_store_n(&connection->process, getpid(), __ATOMIC_RELEASE);
	while (!error && !connection->is_over)
		error = engine_echo_step(server->config, connection, 0);
	if (error)
		shutdown(connection->socket, SHUT_RDWR);
	return error;
}

static int begin_server(struct blocking_server *server, const struct engine_server_config *config,
			bool is_process, char *ret_reason)
{
	server->config = config;
	server->tasks = (struct engine_tasks){
		.count = config->connections, .is_process = is_process,
		.work = answer, .context = server,
	};
	return engine_tasks_begin(&server->tasks, ret_reason);
}

static int threads_server_open(void *state, const struct engine_server_config *config,
			       char *ret_reason)
{
	return begin_server(state, config, false, ret_reason);
}

static int processes_server_open(void *state, const struct engine_server_config *config,
				 char *ret_reason)
{
	return begin_server(state, config, true, ret_reason);
}

static int blocking_server_serve(void *state)
{
	struct blocking_server *server = state;

	return engine_tasks_run(&server->tasks);
}

static void blocking_server_tell(const void *state, struct engine_facts *ret)
{
	const struct blocking_server *server = state;

	ret->tasks = server->config->connections;
	ret->calls = (double)engine_echo_calls(server->config);
}

static void blocking_server_close(void *state)
{
	struct blocking_server *server = state;

	engine_tasks_end(&server->tasks);
}

#define BLOCKING(identifier, option, text) \
	static const struct engine_server identifier##_server = { \
		.state_bytes = sizeof(struct blocking_server), \
		.open = identifier##_server_open, \
		.serve = blocking_server_serve, \
		.tell = blocking_server_tell, \
		.close = blocking_server_close, \
	}; \
	const struct engine engine_##identifier = { \
		.about = { option, text, ENGINE_SLEEPS | ENGINE_SERVES }, \
		.state_bytes = sizeof(struct blocking), \
		.open = identifier##_open, \
		.run = blocking_run, \
		.tell = blocking_tell, \
		.close = blocking_close, \
		.server = &identifier##_server, \
	}

BLOCKING(threads, "threads", "a thread that blocks for each request in flight, or connection");
BLOCKING(processes, "processes", "a process that blocks for each request in flight, or connection");
