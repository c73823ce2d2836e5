/* SPDX-License-Identifier: MIT */
#include "kernel/raw-ring.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel/errno-reason.h"
#include "kernel/limit-remedy.h"
#include "kernel/sysfile.h"

#define OPERATIONS 256     /* an operation is one byte */

void raw_ring_init(struct raw_ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = -1;
}

static bool is_switched_off(void)
{
	int64_t disabled;

	return !sysfile_read_integer("", "/proc/sys/kernel/io_uring_disabled", &disabled) && disabled;
}

static const char *filter_remedy(void)
{
	return errno_filter_is_possible("")
		? ", or let the container's seccomp profile permit io_uring" : "";
}

static void explain_setup(int error, char *ret_reason, size_t reason_bytes)
{
	const char *reason = "", *remedy = "";

	if (error == -EPERM) {
		reason = is_switched_off()
			? "io_uring_setup is refused: root may set sysctl kernel.io_uring_disabled to 0"
			: "io_uring_setup is refused to this account";
		remedy = filter_remedy();
	} else if (error == -ENOSYS) {
		reason = "there is no io_uring_setup: use a kernel with CONFIG_IO_URING";
		remedy = filter_remedy();
	} else if (error == -ENOMEM) {
		reason = "an io_uring's memory may not be locked, by RLIMIT_MEMLOCK: ";
		remedy = limit_remedy(RLIMIT_MEMLOCK);
	}
	snprintf(ret_reason, reason_bytes, "%s%s", reason, remedy);
}

/* One mapping for both queues is as old as Linux 5.4 (IORING_FEAT_SINGLE_MMAP). */
static size_t memory_bytes(const struct io_uring_params *params)
{
	size_t submit = params->sq_off.array + params->sq_entries * sizeof(uint32_t);
	size_t complete = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);

	return submit > complete ? submit : complete;
}

static void *map(int fd, size_t bytes, off_t offset)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			    fd, offset);

	return memory == MAP_FAILED ? NULL : memory;
}

static int map_memory(struct raw_ring *ring, const struct io_uring_params *params)
{
	if (!(params->features & IORING_FEAT_SINGLE_MMAP))
		return -EOPNOTSUPP;
	ring->memory_bytes = memory_bytes(params);
	ring->memory = map(ring->fd, ring->memory_bytes, IORING_OFF_SQ_RING);
	if (!ring->memory)
		return -errno;
	ring->submission_bytes = params->sq_entries * sizeof(*ring->submissions);
	ring->submissions = map(ring->fd, ring->submission_bytes, IORING_OFF_SQES);
	return ring->submissions ? 0 : -errno;
}

static uint32_t *word_at(const struct raw_ring *ring, uint32_t offset)
{
	return (uint32_t *)(void *)(ring->memory + offset);
}

/* Entry i of the array always names submission i: only the tail moves. */
static void find_queues(struct raw_ring *ring, const struct io_uring_params *params)
{
	uint32_t *array = word_at(ring, params->sq_off.array);

	for (uint32_t i = 0; i < params->sq_entries; i++)
		array[i] = i;
	ring->submit_head = word_at(ring, params->sq_off.head);
	ring->submit_tail = word_at(ring, params->sq_off.tail);
	ring->submit_mask = *word_at(ring, params->sq_off.ring_mask);
	ring->complete_head = word_at(ring, params->cq_off.head);
	ring->complete_tail = word_at(ring, params->cq_off.tail);
	ring->complete_mask = *word_at(ring, params->cq_off.ring_mask);
	ring->completions = (const void *)(ring->memory + params->cq_off.cqes);
}

/* A kernel without IORING_REGISTER_PROBE (Linux 5.6) says EINVAL. */
static int check_operation(int fd, uint8_t operation)
{
	union {
		struct io_uring_probe probe;
		char bytes[sizeof(struct io_uring_probe) +
			   OPERATIONS * sizeof(struct io_uring_probe_op)];
	} all;
	long result;

	memset(&all, 0, sizeof(all));
	result = raw_syscall(SYS_io_uring_register, fd, IORING_REGISTER_PROBE, (long)&all,
			     OPERATIONS, 0, 0);
	if (result < 0 && result != -EINVAL)
		return (int)result;
	if (result < 0 || operation >= all.probe.ops_len ||
	    !(all.probe.ops[operation].flags & IO_URING_OP_SUPPORTED))
		return -EOPNOTSUPP;
	return 0;
}

int raw_ring_open(struct raw_ring *ring, uint32_t entries, uint8_t operation,
		  char *ret_reason, size_t reason_bytes)
{
	struct io_uring_params params;
	int error;

	raw_ring_init(ring);
	memset(&params, 0, sizeof(params));
	ring->fd = (int)raw_syscall(SYS_io_uring_setup, entries, (long)&params, 0, 0, 0, 0);
	if (ring->fd < 0) {
		error = ring->fd;
		ring->fd = -1;
		explain_setup(error, ret_reason, reason_bytes);
		return error;
	}
	error = check_operation(ring->fd, operation);
	if (!error)
		error = map_memory(ring, &params);
	if (!error)
		find_queues(ring, &params);
	else
		raw_ring_close(ring);
	if (error == -EOPNOTSUPP)
		snprintf(ret_reason, reason_bytes,
			 "this kernel's io_uring does not have operation %u: use a newer one",
			 operation);
	return error;
}

void raw_ring_close(struct raw_ring *ring)
{
	if (ring->submissions)
		munmap(ring->submissions, ring->submission_bytes);
	if (ring->memory)
		munmap(ring->memory, ring->memory_bytes);
	if (ring->fd >= 0)
		close(ring->fd);
	raw_ring_init(ring);
}
