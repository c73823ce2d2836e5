/* SPDX-License-Identifier: MIT */
/*
 * uring-threads: a ring of io_uring a thread, a thread a CPU that we may use, and
 * to each its part of the requests in flight.
 *
 * Rings are like uring-defer's, whose only submitter is who enables it: open() makes
 * them disabled, so that it has all refusals, and each thread enables its own.
 */
#include <sys/syscall.h>

#include "engine/tasks.h"
#include "engine/mechanism/list.h"
#include "engine/ring.h"
#include "kernel/affinity.h"
#include "kernel/pages.h"
#include "kernel/raw-syscall.h"

struct part {
	_Alignas(128) struct engine_ring ring;
	bool is_enabled;
};

struct parts {
	const struct engine_config *config;
	struct engine_tasks tasks;
	struct part *parts;
	uint32_t count;
};

static const struct engine_ring_kind disabled = {
	.setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		       IORING_SETUP_R_DISABLED,
};

/* By the thread that submits.  Shared libraries of liburing before 2.4 lack their function. */
static int enable(struct part *part)
{
	long result;

	if (part->is_enabled)
		return 0;
	result = raw_syscall(SYS_io_uring_register, part->ring.ring.ring_fd,
			     IORING_REGISTER_ENABLE_RINGS, 0, 0, 0, 0);
	part->is_enabled = !result;
	if (part->is_enabled)
		engine_ring_confine(&part->ring);
	return (int)result;
}

static int make_requests(void *context, uint32_t index)
{
	struct parts *own = context;
	struct part *part = &own->parts[index];
	int error = enable(part);

	return error ? error : engine_ring_run(&part->ring);
}

static void parts_close(void *state)
{
	struct parts *own = state;

	engine_tasks_end(&own->tasks);
	for (uint32_t i = 0; own->parts && i < own->count; i++)
		engine_ring_close(&own->parts[i].ring);
	pages_give(own->parts, own->count * sizeof(own->parts[0]));
	own->parts = NULL;
}

/* Parts differ by one lane at most. */
static int open_rings(struct parts *own, char *ret_reason)
{
	const struct engine_config *config = own->config;
	int error = 0;

	for (uint32_t i = 0; i < own->count && !error; i++) {
		uint64_t first = (uint64_t)config->depth * i / own->count;
		uint64_t end = (uint64_t)config->depth * (i + 1) / own->count;

		error = engine_ring_open(&own->parts[i].ring, &disabled, config,
					 &config->lanes[first], (uint32_t)(end - first),
					 ret_reason);
	}
	return error;
}

static int parts_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct parts *own = state;
	uint32_t cpus = (uint32_t)affinity_count();
	int error;

	own->config = config;
	own->count = cpus < config->depth ? cpus : config->depth;
	own->tasks = (struct engine_tasks){
		.count = own->count, .work = make_requests, .context = own,
	};
	own->parts = pages_take(own->count * sizeof(own->parts[0]));
	error = own->parts ? open_rings(own, ret_reason) : -ENOMEM;
	if (!error)
		error = engine_tasks_begin(&own->tasks, ret_reason);
	if (error)
		parts_close(own);
	return error;
}

static int parts_run(void *state)
{
	struct parts *own = state;

	return engine_tasks_run(&own->tasks);
}

static void parts_tell(const void *state, struct engine_facts *ret)
{
	const struct parts *own = state;

	ret->tasks = own->count;
	for (uint32_t i = 0; i < own->count; i++)
		engine_ring_tell(&own->parts[i].ring, ret);
}

const struct engine engine_uring_threads = {
	.about = { "uring-threads", "a ring like uring-defer's a thread, a thread a CPU",
		   ENGINE_RING },
	.state_bytes = sizeof(struct parts),
	.open = parts_open,
	.run = parts_run,
	.tell = parts_tell,
	.close = parts_close,
};
