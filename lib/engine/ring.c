/* SPDX-License-Identifier: MIT */
#include "engine/ring.h"

#include <stdio.h>
#include <sys/uio.h>

#include "kernel/affinity.h"
#include "kernel/file-access.h"
#include "kernel/limit-remedy.h"
#include "kernel/pages.h"
#include "kernel/sysfile.h"

#define POLLER_IDLE_MS 50
/* IORING_MAX_ENTRIES of the kernel, which no header has. */
#define ENTRIES_MOST 32768
#define POLLED_ENTRIES_PER_LANE 2

/* Opening */

static bool has_ring_group(void)
{
	int64_t group = -1;

	return !sysfile_read_integer("", "/proc/sys/kernel/io_uring_group", &group) && group >= 0;
}

void engine_ring_explain(unsigned int setup_flags, int error, char *ret_reason)
{
	int64_t disabled = 0;

	if (error == -EPERM && !sysfile_read_integer("", "/proc/sys/kernel/io_uring_disabled", &disabled) &&
	    disabled)
		/* 2 is for all; and 1 has a group only where one is named. */
		snprintf(ret_reason, ENGINE_REASON_BYTES,
			 "io_uring is switched off: %ssysctl kernel.io_uring_disabled=0%s",
			 file_access_who("/proc/sys/kernel/io_uring_disabled"),
			 disabled == 1 && has_ring_group()
			 ? ", or join the group of kernel.io_uring_group" : "");
	else if (error == -ENOMEM)
		snprintf(ret_reason, ENGINE_REASON_BYTES,
			 "the ring's memory may not be locked, by RLIMIT_MEMLOCK: %s",
			 limit_remedy(RLIMIT_MEMLOCK));
	else if (error == -EINVAL && setup_flags)
		snprintf(ret_reason, ENGINE_REASON_BYTES,
			 "this kernel's io_uring knows not all of its setup flags: a newer one does");
}

/* A sleep has none. */
static inline bool has_files(const struct engine_ring *ring)
{
	return ring->kind->has_files && ring->config->operation != ENGINE_SLEEP;
}

static int register_file(struct engine_ring *ring)
{
	return has_files(ring) ? io_uring_register_files(&ring->ring, &ring->config->file, 1) : 0;
}

/* All buffers are one piece of memory in turn: one entry each. */
static int register_buffers(struct engine_ring *ring, char *ret_reason)
{
	size_t bytes = ring->count * sizeof(struct iovec);
	struct iovec *vectors = ring->kind->has_buffers ? pages_take(bytes) : NULL;
	int error;

	if (!ring->kind->has_buffers)
		return 0;
	if (!vectors)
		return -ENOMEM;
	for (uint32_t i = 0; i < ring->count; i++)
		vectors[i] = (struct iovec){ ring->lanes[i].buffer, ring->config->block_bytes };
	error = io_uring_register_buffers(&ring->ring, vectors, ring->count);
	pages_give(vectors, bytes);
	if (error == -ENOMEM)
		snprintf(ret_reason, ENGINE_REASON_BYTES,
			 "the buffers may not be locked, by RLIMIT_MEMLOCK: %s",
			 limit_remedy(RLIMIT_MEMLOCK));
	return error;
}

static void explain(const struct engine_ring *ring, int error, char *ret_reason)
{
	bool is_polled = ring->kind->setup_flags & IORING_SETUP_SQPOLL;
	uint32_t most = is_polled ? ENTRIES_MOST / POLLED_ENTRIES_PER_LANE : ENTRIES_MOST;

	if (error == -EINVAL && ring->count > most)
		snprintf(ret_reason, ENGINE_REASON_BYTES,
			 "a ring takes %u requests of this kind at most: use a smaller --depth", most);
	else
		engine_ring_explain(ring->kind->setup_flags, error, ret_reason);
}

/* Who waits for ends until the next request is due, waits no longer. */
static int find_time_limit(const struct engine_ring *ring, char *ret_reason)
{
	if (!ring->config->is_paced || ring->ring.features & IORING_FEAT_EXT_ARG)
		return 0;
	snprintf(ret_reason, ENGINE_REASON_BYTES, "this kernel's rings know no wait of limited time: "
		 "leave --rate out, or use Linux 5.11 or later");
	return -EOPNOTSUPP;
}

void engine_ring_confine(struct engine_ring *ring)
{
	struct affinity allowed;

	if (affinity_take(&allowed))
		return;
	io_uring_register_iowq_aff(&ring->ring, allowed.bytes, allowed.set);
	affinity_done(&allowed);
}

static int set_up(struct engine_ring *ring, char *ret_reason)
{
	struct io_uring_params params = { .flags = ring->kind->setup_flags };
	unsigned int entries = ring->count;
	int error;

	if (params.flags & IORING_SETUP_SQPOLL) {
		/* A poller gives back places of a batch when all of it is submitted: that is
		 * after the first ends of it, which have lanes hand over their next. */
		entries *= POLLED_ENTRIES_PER_LANE;
		params.sq_thread_idle = POLLER_IDLE_MS;
		if (ring->config->cpu >= 0) {
			params.flags |= IORING_SETUP_SQ_AFF;
			params.sq_thread_cpu = (unsigned int)ring->config->cpu;
		}
	}
	error = io_uring_queue_init_params(entries, &ring->ring, &params);
	ring->is_open = !error;
	if (error)
		explain(ring, error, ret_reason);
	else if (!(params.flags & IORING_SETUP_R_DISABLED))
		engine_ring_confine(ring);
	return error;
}

int engine_ring_open(struct engine_ring *ring, const struct engine_ring_kind *kind,
		     const struct engine_config *config, struct engine_lane *lanes, uint32_t count,
		     char *ret_reason)
{
	int error;

	*ring = (struct engine_ring){ .kind = kind, .config = config, .lanes = lanes,
				      .count = count };
	ring->wait.tv_sec = (int64_t)(config->wait_ns / 1000000000);
	ring->wait.tv_nsec = (long long)(config->wait_ns % 1000000000);
	ring->idle = pages_take(count * sizeof(struct engine_lane *));
	error = ring->idle ? set_up(ring, ret_reason) : -ENOMEM;
	if (!error)
		error = find_time_limit(ring, ret_reason);
	if (!error)
		error = register_file(ring);
	if (!error)
		error = register_buffers(ring, ret_reason);
	if (error)
		engine_ring_close(ring);
	return error;
}

void engine_ring_close(struct engine_ring *ring)
{
	if (ring->is_open)
		io_uring_queue_exit(&ring->ring);
	ring->is_open = false;
	pages_give(ring->idle, ring->count * sizeof(struct engine_lane *));
	ring->idle = NULL;
}

void engine_ring_tell(const struct engine_ring *ring, struct engine_facts *ret)
{
	ret->ring_flags = ring->ring.flags;
	ret->ring_features = ring->ring.features;
	ret->calls = (ret->calls > 0 ? ret->calls : 0) + (double)ring->calls;
}

/* The hot loop */

static inline void prepare_io(struct engine_ring *ring, const struct engine_lane *lane,
			      struct io_uring_sqe *submission)
{
	const struct engine_config *config = ring->config;
	int file = ring->kind->has_files ? 0 : config->file;
	unsigned int bytes = (unsigned int)config->block_bytes;

	if (config->operation == ENGINE_SLEEP)
		io_uring_prep_timeout(submission, &ring->wait, 0, 0);
	else if (ring->kind->is_nop)
		io_uring_prep_nop(submission);
	else if (ring->kind->has_buffers && config->operation == ENGINE_WRITE)
		io_uring_prep_write_fixed(submission, file, lane->buffer, bytes, lane->offset,
					  (int)(lane - ring->lanes));
	else if (ring->kind->has_buffers)
		io_uring_prep_read_fixed(submission, file, lane->buffer, bytes, lane->offset,
					 (int)(lane - ring->lanes));
	else if (config->operation == ENGINE_WRITE)
		io_uring_prep_write(submission, file, lane->buffer, bytes, lane->offset);
	else
		io_uring_prep_read(submission, file, lane->buffer, bytes, lane->offset);
	submission->flags |= (uint8_t)(ring->kind->submission_flags |
				       (has_files(ring) ? IOSQE_FIXED_FILE : 0));
}

/* A lane that finds no more requests is idle no longer, and not in flight: it is done. */
static inline void hand_over(struct engine_ring *ring)
{
	uint32_t batch = ring->config->submit_batch;

	while (ring->idle_count && batch) {
		struct engine_lane *lane = ring->idle[ring->idle_count - 1];
		bool is_taken = engine_take_now(lane, &ring->due_ns);
		struct io_uring_sqe *submission;

		if (ring->due_ns)
			return;
		ring->idle_count--;
		if (!is_taken)
			continue;
		submission = io_uring_get_sqe(&ring->ring);
		prepare_io(ring, lane, submission);
		io_uring_sqe_set_data(submission, lane);
		ring->in_flight++;
		batch--;
	}
}

/* A timeout ends well by an error, when its time is over; otherwise it ended too soon. */
static inline long result_of(const struct engine_ring *ring, const struct io_uring_cqe *completion)
{
	if (ring->config->operation != ENGINE_SLEEP)
		return completion->res;
	return completion->res == -ETIME ? 0 : completion->res < 0 ? completion->res : -EIO;
}

/* All completions that have come. */
static inline int take_ends(struct engine_ring *ring)
{
	struct io_uring_cqe *completion;
	unsigned int head, count = 0;
	int error = 0;

	io_uring_for_each_cqe(&ring->ring, head, completion) {
		struct engine_lane *lane = io_uring_cqe_get_data(completion);
		int failed = engine_done(lane, result_of(ring, completion));

		error = error ? error : failed;
		ring->idle[ring->idle_count++] = lane;
		count++;
	}
	io_uring_cq_advance(&ring->ring, count);
	ring->in_flight -= count;
	return error;
}

/* Until something has ended, or the next request is due. */
static inline int submit_until_due(struct engine_ring *ring)
{
	struct __kernel_timespec left = { ring->due_ns / 1000000000, ring->due_ns % 1000000000 };
	struct io_uring_cqe *completion;
	int result = io_uring_submit_and_wait_timeout(&ring->ring, &completion, 1, &left, NULL);

	return result == -ETIME ? 0 : result;
}

/* A poller is only called if it sleeps, or if there is something to wait for. */
static inline bool enters(const struct engine_ring *ring, bool has_more)
{
	return !(ring->kind->setup_flags & IORING_SETUP_SQPOLL) || !has_more ||
	       IO_URING_READ_ONCE(*ring->ring.sq.kflags) & IORING_SQ_NEED_WAKEUP;
}

/*
 * A poller of the kernel's has taken what was handed over, or will: there may be no call.
 * Nobody waits while lanes are idle: then fewer than the depth would be in flight.
 */
static inline int submit(struct engine_ring *ring, bool has_more)
{
	int result;

	do {
		ring->calls += enters(ring, has_more);
		result = ring->due_ns ? submit_until_due(ring)
				      : io_uring_submit_and_wait(&ring->ring, has_more ? 0 : 1);
	} while (result == -EINTR);
	return result < 0 ? result : 0;
}

int engine_ring_run(struct engine_ring *ring)
{
	int error = 0;

	ring->idle_count = ring->in_flight = 0;
	for (uint32_t i = ring->count; i-- > 0;)
		ring->idle[ring->idle_count++] = &ring->lanes[i];
	for (;;) {
		int failed;

		ring->due_ns = 0;
		if (!error)
			hand_over(ring);
		if (!ring->in_flight && !ring->due_ns)
			return error;
		if (!ring->in_flight) {
			engine_pace_sleep(ring->due_ns);
			continue;
		}
		failed = submit(ring, !error && ring->idle_count);
		/* Then nobody can say what is under way: the ring is of no more use. */
		if (failed)
			return failed;
		failed = take_ends(ring);
		error = error ? error : failed;
	}
}
