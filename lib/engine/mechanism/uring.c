/* SPDX-License-Identifier: MIT */
/* uring and its variants: a ring of io_uring, one thread, as many in flight as there are lanes. */
#include "engine/mechanism/list.h"
#include "engine/ring.h"
#include "engine/ring-server.h"

#include <stdio.h>
#include <unistd.h>

struct single {
	struct engine_ring ring;
	bool has_file;
};

/* What one variant has that plain uring has not. */
static const struct engine_ring_kind
	plain = { .setup_flags = 0 },
	coop = { .setup_flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG },
	defer = { .setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN },
	files = { .setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		  .has_files = true },
	buffers = { .setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		    .has_files = true, .has_buffers = true },
	sqpoll = { .setup_flags = IORING_SETUP_SQPOLL, .has_files = true },
	iopoll = { .setup_flags = IORING_SETUP_IOPOLL },
	worker = { .setup_flags = 0, .submission_flags = IOSQE_ASYNC },
	nop = { .setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		.is_nop = true };

static int open_as(void *state, const struct engine_config *config,
		   const struct engine_ring_kind *kind, char *ret_reason)
{
	struct single *single = state;

	return engine_ring_open(&single->ring, kind, config, config->lanes, config->depth,
				ret_reason);
}

static int single_run(void *state)
{
	struct single *single = state;

	return engine_ring_run(&single->ring);
}

static void single_tell(const void *state, struct engine_facts *ret)
{
	const struct single *single = state;

	ret->tasks = 1;
	engine_ring_tell(&single->ring, ret);
}

static void single_close(void *state)
{
	struct single *single = state;

	engine_ring_close(&single->ring);
}

/* What else it has follows the text. */
#define RING(identifier, option, kind, more_traits, text, ...) \
	static int identifier##_open(void *state, const struct engine_config *config, \
				     char *ret_reason) \
	{ \
		return open_as(state, config, &(kind), ret_reason); \
	} \
	const struct engine engine_##identifier = { \
		.about = { option, text, ENGINE_RING | (more_traits) }, \
		.state_bytes = sizeof(struct single), \
		.open = identifier##_open, \
		.run = single_run, \
		.tell = single_tell, \
		.close = single_close, \
		__VA_ARGS__ \
	}

/* Of those for sleeps, none has a file or a buffer, and no worker waits for a timeout. */
RING(uring, "uring", plain, ENGINE_SLEEPS | ENGINE_SERVES, "io_uring, no setup flags",
     .server = &engine_ring_server_plain);
RING(uring_coop, "uring-coop", coop, ENGINE_SLEEPS,
     "io_uring with COOP_TASKRUN: no interrupts for completions");
RING(uring_defer, "uring-defer", defer, ENGINE_SLEEPS | ENGINE_SERVES,
     "io_uring with SINGLE_ISSUER and DEFER_TASKRUN: completions when waited for",
     .server = &engine_ring_server_defer);
RING(uring_defer_files, "uring-defer+files", files, 0, "the same with a registered file");
RING(uring_defer_buffers, "uring-defer+buffers", buffers, 0,
     "the same with a registered file and registered buffers");
RING(uring_sqpoll, "uring-sqpoll", sqpoll, ENGINE_SLEEPS,
     "io_uring with SQPOLL: a thread of the kernel's takes submissions");
RING(uring_iopoll, "uring-iopoll", iopoll, ENGINE_DIRECT,
     "io_uring with IOPOLL: the device is polled, there is no interrupt");
RING(uring_worker, "uring-worker", worker, 0,
     "io_uring with IOSQE_ASYNC: each request by a worker thread of the kernel's");
RING(uring_nop, "uring-nop", nop, ENGINE_NOP | MECHANISM_YARDSTICK,
     "io_uring, IORING_OP_NOP: what the ring itself costs");
