/* SPDX-License-Identifier: MIT */
/*
 * posix-aio: aio_read(3), aio_write(3), aio_suspend(3), of libc.
 *
 * No service of the kernel's: glibc makes threads that block in pread(2) and
 * pwrite(2), as many as aio_init() is told, but one at most for each descriptor:
 * requests of one file are made one after another, whatever the depth.  Each wait
 * and each look for ends goes through all lanes.
 *
 * These threads are libc's: idle ones end by themselves after a second.
 */
#include <aio.h>

#include "engine/lane.h"
#include "engine/mechanism/list.h"
#include "kernel/pages.h"

struct posix_aio {
	const struct engine_config *config;
	struct aiocb *controls;    /* one a lane */
	struct aiocb **under_way;  /* one a lane; NULL: nothing is */
	struct engine_lane **idle; /* so many as idle_count may begin another */
	uint32_t idle_count, in_flight;
	int64_t due_ns;            /* until the next request may be begun; 0: at once, or none */
};

static void posix_aio_close(void *state)
{
	struct posix_aio *own = state;
	uint32_t depth = own->config->depth;

	pages_give(own->controls, depth * sizeof(own->controls[0]));
	pages_give(own->under_way, depth * sizeof(own->under_way[0]));
	pages_give(own->idle, depth * sizeof(own->idle[0]));
}

static int posix_aio_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct posix_aio *own = state;

	(void)ret_reason;
	own->config = config;
	own->controls = pages_take(config->depth * sizeof(own->controls[0]));
	own->under_way = pages_take(config->depth * sizeof(own->under_way[0]));
	own->idle = pages_take(config->depth * sizeof(own->idle[0]));
	if (!own->controls || !own->under_way || !own->idle) {
		posix_aio_close(own);
		return -ENOMEM;
	}
#ifdef __GLIBC__
	aio_init(&(struct aioinit){ .aio_threads = (int)config->depth,
				    .aio_num = (int)config->depth });
#endif
	return 0;
}

/* The hot loop */

static inline int begin(struct posix_aio *own, struct engine_lane *lane)
{
	const struct engine_config *config = own->config;
	uint32_t index = (uint32_t)(lane - config->lanes);
	struct aiocb *control = &own->controls[index];

	control->aio_fildes = config->file;
	control->aio_buf = lane->buffer;
	control->aio_nbytes = config->block_bytes;
	control->aio_offset = (off_t)lane->offset;
	control->aio_sigevent.sigev_notify = SIGEV_NONE;
	if (config->operation == ENGINE_WRITE ? aio_write(control) : aio_read(control))
		return -errno;
	own->under_way[index] = control;
	own->in_flight++;
	return 0;
}

/* A lane that finds no more requests is idle no longer. */
static inline int hand_over(struct posix_aio *own)
{
	int error = 0;

	while (own->idle_count && !error) {
		struct engine_lane *lane = own->idle[own->idle_count - 1];
		bool is_taken = engine_take_now(lane, &own->due_ns);

		if (own->due_ns)
			break;
		own->idle_count--;
		if (is_taken)
			error = begin(own, lane);
	}
	return error;
}

/* Or until the next request is due. */
static inline int wait_for_one(const struct posix_aio *own)
{
	const struct aiocb *const *list = (const struct aiocb *const *)own->under_way;
	struct timespec left = { own->due_ns / 1000000000, own->due_ns % 1000000000 };

	while (aio_suspend(list, (int)own->config->depth, own->due_ns ? &left : NULL)) {
		if (errno == EAGAIN && own->due_ns)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static inline int take_ends(struct posix_aio *own)
{
	int error = 0;

	for (uint32_t i = 0; i < own->config->depth; i++) {
		int status = own->under_way[i] ? aio_error(own->under_way[i]) : EINPROGRESS;
		int failed;

		if (status == EINPROGRESS)
			continue;
		failed = engine_done(&own->config->lanes[i],
				     status ? -status : aio_return(own->under_way[i]));
		error = error ? error : failed;
		own->under_way[i] = NULL;
		own->idle[own->idle_count++] = &own->config->lanes[i];
		own->in_flight--;
	}
	return error;
}

static int posix_aio_run(void *state)
{
	struct posix_aio *own = state;
	int error = 0, failed;

	own->idle_count = 0;
	for (uint32_t i = own->config->depth; i-- > 0;)
		own->idle[own->idle_count++] = &own->config->lanes[i];
	for (;;) {
		own->due_ns = 0;
		if (!error)
			error = hand_over(own);
		if (!own->in_flight && (error || !own->due_ns))
			return error;
		if (!own->in_flight) {
			engine_pace_sleep(own->due_ns);
			continue;
		}
		failed = wait_for_one(own);
		/* Then nobody can say what is under way. */
		if (failed)
			return failed;
		failed = take_ends(own);
		error = error ? error : failed;
	}
}

const struct engine engine_posix_aio = {
	.about = { "posix-aio", "aio_read(3), aio_suspend(3): threads of libc's, one a file", 0 },
	.state_bytes = sizeof(struct posix_aio),
	.open = posix_aio_open,
	.run = posix_aio_run,
	.close = posix_aio_close,
};
