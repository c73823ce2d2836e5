/* SPDX-License-Identifier: MIT */
/*
 * engine/ring - a ring of io_uring that keeps its lanes' requests in flight.
 *
 * By liburing; follows io_uring_setup(2), io_uring_enter(2), io_uring_register(2).
 * open() asks for just the flags of its kind and falls back on nothing: what the
 * kernel refuses is -errno with a reason.  run() hands over up to submit_batch
 * requests by one call, which waits for one completion at least unless lanes are
 * left that have more to hand over, and takes all that have come; after an error it
 * waits for what is under way, and no more is taken.  close() takes a zeroed one.
 *
 * Threads that the kernel makes for a ring's requests (io-wq) run where their maker may:
 * older kernels let them run everywhere, unless they are told.
 *
 * run() is for one thread: that which has opened the ring, or, of a ring that was
 * made disabled, has enabled it.
 */
#ifndef HANDOFF_ENGINE_RING_H
#define HANDOFF_ENGINE_RING_H

#include <liburing.h>

#include "engine/lane.h"

/* What headers of older libraries lack; the kernel says what it knows. */
#ifndef IORING_SETUP_COOP_TASKRUN
#define IORING_SETUP_COOP_TASKRUN (1u << 8)
#define IORING_SETUP_TASKRUN_FLAG (1u << 9)
#endif
#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1u << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1u << 13)
#endif

struct engine_ring_kind {
	unsigned int setup_flags, submission_flags;
	bool has_files, has_buffers, is_nop;
};

struct engine_ring {
	struct io_uring ring;
	struct __kernel_timespec wait;     /* of a sleep: read when the kernel takes it */
	const struct engine_ring_kind *kind;
	const struct engine_config *config;
	struct engine_lane *lanes;
	struct engine_lane **idle; /* so many as idle_count have nothing under way */
	uint32_t count, idle_count, in_flight;
	int64_t due_ns;            /* until the next request may be begun; 0: at once, or none */
	uint64_t calls;
	bool is_open;
};

int engine_ring_open(struct engine_ring *ring, const struct engine_ring_kind *kind,
		     const struct engine_config *config, struct engine_lane *lanes, uint32_t count,
		     char *ret_reason);
int engine_ring_run(struct engine_ring *ring);
void engine_ring_close(struct engine_ring *ring);

/* By the thread that submits, once there is a ring; a kernel that cannot be told is left. */
void engine_ring_confine(struct engine_ring *ring);

/* What to change, where the kernel has refused a ring; else nothing is written. */
void engine_ring_explain(unsigned int setup_flags, int error, char *ret_reason);

/* Flags, features and calls, on top of what stands in ret. */
void engine_ring_tell(const struct engine_ring *ring, struct engine_facts *ret);

#endif
