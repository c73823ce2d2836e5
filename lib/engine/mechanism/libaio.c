/* SPDX-License-Identifier: MIT */
/*
 * libaio: the kernel's own asynchronous requests before io_uring, by io_submit(2)
 * and io_getevents(2), without the library.
 *
 * Asynchronous for --cache direct only: of a buffered request, io_submit(2) is
 * where it is made, and waits.
 */
#include <linux/aio_abi.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "engine/lane.h"
#include "engine/mechanism/list.h"
#include "kernel/errno-reason.h"
#include "kernel/file-access.h"
#include "kernel/pages.h"
#include "kernel/raw-syscall.h"

struct libaio {
	const struct engine_config *config;
	aio_context_t context;
	struct iocb *controls;     /* one a lane */
	struct iocb **batch;
	struct io_event *events;
	struct engine_lane **idle; /* so many as idle_count may begin another */
	uint32_t idle_count, in_flight;
	int64_t due_ns;            /* until the next request may be begun; 0: at once, or none */
	uint64_t calls;
};

static void libaio_close(void *state)
{
	struct libaio *own = state;
	uint32_t depth = own->config->depth;

	/* Waits for what is under way. */
	if (own->context)
		raw_syscall(SYS_io_destroy, (long)own->context, 0, 0, 0, 0, 0);
	own->context = 0;
	pages_give(own->controls, depth * sizeof(own->controls[0]));
	pages_give(own->batch, depth * sizeof(own->batch[0]));
	pages_give(own->events, depth * sizeof(own->events[0]));
	pages_give(own->idle, depth * sizeof(own->idle[0]));
}

static int take_memory(struct libaio *own)
{
	uint32_t depth = own->config->depth;

	own->controls = pages_take(depth * sizeof(own->controls[0]));
	own->batch = pages_take(depth * sizeof(own->batch[0]));
	own->events = pages_take(depth * sizeof(own->events[0]));
	own->idle = pages_take(depth * sizeof(own->idle[0]));
	return own->controls && own->batch && own->events && own->idle ? 0 : -ENOMEM;
}

static const char *refusal(int error)
{
	if (error == -ENOSYS)
		return "this kernel has no io_setup(2): build it with CONFIG_AIO";
	if (error != -EPERM)
		return "";
	return errno_filter_is_possible("")
		? "io_setup(2) is refused: have the container's seccomp filter let it pass"
		: "io_setup(2) is refused to this account";
}

static void explain(int error, char *ret_reason)
{
	if (error == -EAGAIN)
		snprintf(ret_reason, ENGINE_REASON_BYTES,
			 "requests of the whole machine are limited: %sraise sysctl fs.aio-max-nr",
			 file_access_who("/proc/sys/fs/aio-max-nr"));
	else
		snprintf(ret_reason, ENGINE_REASON_BYTES, "%s", refusal(error));
}

static int libaio_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct libaio *own = state;
	int error;

	own->config = config;
	error = take_memory(own);
	if (!error) {
		error = (int)raw_syscall(SYS_io_setup, config->depth, (long)&own->context,
					 0, 0, 0, 0);
		explain(error, ret_reason);
	}
	if (error)
		libaio_close(own);
	return error;
}

/* The hot loop */

static inline struct iocb *prepare(const struct libaio *own, const struct engine_lane *lane)
{
	const struct engine_config *config = own->config;
	uint32_t index = (uint32_t)(lane - config->lanes);
	struct iocb *control = &own->controls[index];

	*control = (struct iocb){
		.aio_data = index,
		.aio_lio_opcode = config->operation == ENGINE_WRITE ? IOCB_CMD_PWRITE
								    : IOCB_CMD_PREAD,
		.aio_fildes = (uint32_t)config->file,
		.aio_buf = (uintptr_t)lane->buffer,
		.aio_nbytes = config->block_bytes,
		.aio_offset = (int64_t)lane->offset,
	};
	return control;
}

/* The kernel may take fewer than it is given. */
static inline int submit(struct libaio *own, uint32_t count)
{
	for (uint32_t at = 0; at < count;) {
		long taken = raw_syscall(SYS_io_submit, (long)own->context, count - at,
					 (long)&own->batch[at], 0, 0, 0);

		own->calls++;
		if (taken == -EINTR)
			continue;
		if (taken <= 0)
			return taken ? (int)taken : -EAGAIN;
		at += (uint32_t)taken;
		own->in_flight += (uint32_t)taken;
	}
	return 0;
}

/* One batch.  A lane that finds no more requests is idle no longer. */
static inline int hand_over(struct libaio *own)
{
	uint32_t count = 0;

	while (own->idle_count && count < own->config->submit_batch) {
		struct engine_lane *lane = own->idle[own->idle_count - 1];
		bool is_taken = engine_take_now(lane, &own->due_ns);

		if (own->due_ns)
			break;
		own->idle_count--;
		if (is_taken)
			own->batch[count++] = prepare(own, lane);
	}
	return submit(own, count);
}

/* Waits for one at least, unless the next request is due before; and takes all that have
 * come: how many, or -errno. */
static inline long wait_for_ends(struct libaio *own)
{
	struct timespec left = { own->due_ns / 1000000000, own->due_ns % 1000000000 };
	long count;

	do {
		count = raw_syscall(SYS_io_getevents, (long)own->context, 1, own->config->depth,
				    (long)own->events, own->due_ns ? (long)&left : 0, 0);
		own->calls++;
	} while (count == -EINTR);
	return count;
}

static inline int take_ends(struct libaio *own, long count)
{
	int error = 0;

	for (long i = 0; i < count; i++) {
		struct engine_lane *lane = &own->config->lanes[own->events[i].data];
		int failed = engine_done(lane, (long)own->events[i].res);

		error = error ? error : failed;
		own->idle[own->idle_count++] = lane;
	}
	own->in_flight -= (uint32_t)count;
	return error;
}

static int libaio_run(void *state)
{
	struct libaio *own = state;
	int error = 0, failed;
	long count;

	own->idle_count = 0;
	for (uint32_t i = own->config->depth; i-- > 0;)
		own->idle[own->idle_count++] = &own->config->lanes[i];
	for (;;) {
		own->due_ns = 0;
		while (own->idle_count && !error && !own->due_ns)
			error = hand_over(own);
		if (!own->in_flight && (error || !own->due_ns))
			return error;
		if (!own->in_flight) {
			engine_pace_sleep(own->due_ns);
			continue;
		}
		count = wait_for_ends(own);
		/* Then nobody can say what is under way: close() waits for it. */
		if (count < 0)
			return (int)count;
		failed = take_ends(own, count);
		error = error ? error : failed;
	}
}

static void libaio_tell(const void *state, struct engine_facts *ret)
{
	const struct libaio *own = state;

	ret->tasks = 1;
	ret->calls = (double)own->calls;
}

const struct engine engine_libaio = {
	.about = { "libaio", "io_submit(2), io_getevents(2): asynchronous with --cache direct",
		   ENGINE_BATCH },
	.state_bytes = sizeof(struct libaio),
	.open = libaio_open,
	.run = libaio_run,
	.tell = libaio_tell,
	.close = libaio_close,
};
