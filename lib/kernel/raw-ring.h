/* SPDX-License-Identifier: MIT */
/*
 * kernel/raw-ring - a small io_uring without liburing: setup, submit-and-wait, teardown.
 *
 * Follows io_uring_setup(2), io_uring_enter(2), io_uring_register(2) and the ordering
 * of io_uring(7): the kernel's tail of completions and head of submissions are loaded
 * with acquire; our tail of submissions and head of completions are stored with
 * release, after what they cover was written, or read.  No setup flags.
 *
 * Contract: one task at a time uses a ring; after a fork that may be the child, for
 * the mappings are shared.  struct raw_ring is not written after raw_ring_open():
 * heads and tails are kept in the ring alone.  A caller prepares at most so many
 * submissions as it asked entries for before it calls raw_ring_wait(), and has no
 * more completions outstanding than twice that.
 */
#ifndef HANDOFF_RAW_RING_H
#define HANDOFF_RAW_RING_H

#include <errno.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include "kernel/raw-syscall.h"

struct raw_ring {
	int fd;                    /* -1: there is none */
	unsigned char *memory;     /* both queues */
	size_t memory_bytes;
	struct io_uring_sqe *submissions;
	size_t submission_bytes;
	const struct io_uring_cqe *completions;
	uint32_t *submit_head, *submit_tail, *complete_head, *complete_tail;
	uint32_t submit_mask, complete_mask;
};

void raw_ring_init(struct raw_ring *ring);

/*
 * A ring whose kernel knows this operation.  0 or -errno, then nothing is left and
 * a sentence in ret_reason (reason_bytes) may say what to change.  -EOPNOTSUPP:
 * the kernel is too old.
 */
int raw_ring_open(struct raw_ring *ring, uint32_t entries, uint8_t operation,
		  char *ret_reason, size_t reason_bytes);

/* Also of a ring that was only initialised. */
void raw_ring_close(struct raw_ring *ring);

/* The next submission, zeroed; raw_ring_prepared() once it is filled in. */
static inline struct io_uring_sqe *raw_ring_prepare(const struct raw_ring *ring)
{
	uint32_t tail = *ring->submit_tail;
	struct io_uring_sqe *submission = &ring->submissions[tail & ring->submit_mask];

	memset(submission, 0, sizeof(*submission));
	return submission;
}

static inline void raw_ring_prepared(const struct raw_ring *ring)
{
	__atomic_store_n(ring->submit_tail, *ring->submit_tail + 1, __ATOMIC_RELEASE);
}

/* What the kernel has not taken yet: none of it, when the call was interrupted before. */
static inline uint32_t raw_ring_unsubmitted(const struct raw_ring *ring)
{
	return *ring->submit_tail - __atomic_load_n(ring->submit_head, __ATOMIC_ACQUIRE);
}

static inline bool raw_ring_is_empty(const struct raw_ring *ring)
{
	return *ring->complete_head == __atomic_load_n(ring->complete_tail, __ATOMIC_ACQUIRE);
}

/* Submits what is prepared, waits for one completion and takes it; 0 or -errno. */
static inline int raw_ring_wait(const struct raw_ring *ring, struct io_uring_cqe *ret_completion)
{
	uint32_t count, head = *ring->complete_head;

	while ((count = raw_ring_unsubmitted(ring)) || raw_ring_is_empty(ring)) {
		long result = raw_syscall(SYS_io_uring_enter, ring->fd, count, 1,
					  IORING_ENTER_GETEVENTS, 0, 0);

		if (result < 0 && result != -EINTR)
			return (int)result;
	}
	memcpy(ret_completion, &ring->completions[head & ring->complete_mask],
	       sizeof(*ret_completion));
	__atomic_store_n(ring->complete_head, head + 1, __ATOMIC_RELEASE);
	return 0;
}

#endif
