/* SPDX-License-Identifier: MIT */
#include "channel/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALLEST_PAGE 4096

/* A memfd has no limit of its own: filling one ends in the out-of-memory killer. */
static uint64_t half_of_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	return pages > 0 && page > 0 ? (uint64_t)pages / 2 * (uint64_t)page : 0;
}

int channel_slots_plan(struct channel_slots *slots, const struct channel_config *config,
		       char *ret_reason)
{
	size_t align = CHANNEL_SLOT_ALIGN, bytes;

	slots->memory = NULL;
	slots->count = (uint64_t)config->depth + 1;
	if (__builtin_add_overflow(config->message_bytes, align - 1, &bytes))
		return -ENOMEM;
	slots->slot_bytes = bytes < align ? align : bytes / align * align;
	if (__builtin_mul_overflow(slots->slot_bytes, 2 * slots->count, &bytes) ||
	    __builtin_add_overflow(bytes, 2 * CHANNEL_CONTROL_BYTES, &bytes) ||
	    bytes > half_of_memory()) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "the messages under way would take more than half of the memory: use a "
			 "smaller --size or --depth");
		return -ENOMEM;
	}
	slots->bytes = bytes;
	return 0;
}

/* Writes nothing else than what is there: the other side may be at work already. */
static void touch(const struct channel_slots *slots)
{
	for (size_t i = 0; i < slots->bytes; i += SMALLEST_PAGE)
		__atomic_fetch_or(&slots->memory[i], 0, __ATOMIC_RELAXED);
}

int channel_slots_use(struct channel_slots *slots, void *memory)
{
	/* Huge pages are decided by one setting for /dev/shm and another for all else. */
	if (madvise(memory, slots->bytes, MADV_NOHUGEPAGE) && errno != EINVAL)
		return -errno;
	slots->memory = memory;
	touch(slots);
	return 0;
}

int channel_slots_map(struct channel_slots *slots, int fd)
{
	int error;
	void *memory = mmap(NULL, slots->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	error = channel_slots_use(slots, memory);
	if (error)
		munmap(memory, slots->bytes);
	return error;
}

void channel_slots_unmap(struct channel_slots *slots)
{
	if (slots->memory)
		munmap(slots->memory, slots->bytes);
	slots->memory = NULL;
}

int channel_slots_memfd(struct channel_slots *slots, const struct channel_config *config,
			char *ret_reason)
{
	int fd, error = channel_slots_plan(slots, config, ret_reason);

	if (error)
		return error;
	fd = memfd_create("handoff-channel", MFD_CLOEXEC);
	if (fd == -1)
		return -errno;
	do
		error = fallocate(fd, 0, 0, (off_t)slots->bytes) ? -errno : 0;
	while (error == -EINTR);
	if (!error)
		error = channel_slots_map(slots, fd);
	close(fd);
	return error;
}

int channel_slots_enter(struct channel_end *end)
{
	const struct channel_slots *slots = end->state;

	end->slot_out = end->slot_in = 0;
	end->out = channel_slots_at(slots, end->side, 0);
	end->in = channel_slots_at(slots, 1 - end->side, 0);
	if (end->is_process)
		touch(slots);
	return 0;
}

/* The mapping is close()'s; a forked side's copy goes when it ends. */
void channel_slots_leave(struct channel_end *end)
{
	end->out = end->in = NULL;
}

void channel_slots_close(void *state)
{
	channel_slots_unmap(state);
}
