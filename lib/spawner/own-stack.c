/* SPDX-License-Identifier: MIT */
#include "spawner/own-stack.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEFAULT_STACK_BYTES (64u << 10)

static size_t total_bytes(const struct own_stacks *stacks)
{
	return stacks->count * (stacks->guard_bytes + stacks->stack_bytes);
}

/* Whole pages, and so few that total_bytes() does not overflow. */
static int size_stacks(struct own_stacks *stacks, const struct spawn_config *config)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), each, total;
	size_t wanted = config->stack_bytes ? config->stack_bytes : DEFAULT_STACK_BYTES;

	if (__builtin_add_overflow(wanted, 2 * page - 1, &each) ||
	    __builtin_mul_overflow(each, config->alive, &total))
		return -ENOMEM;
	stacks->guard_bytes = page;
	stacks->stack_bytes = (wanted + page - 1) / page * page;
	stacks->count = config->alive;
	return 0;
}

static int prepare_stack(char *guard, const struct own_stacks *stacks)
{
	if (mprotect(guard, stacks->guard_bytes, PROT_NONE))
		return -errno;
	guard[stacks->guard_bytes + stacks->stack_bytes - 1] = 0;
	return 0;
}

static int prepare_stacks(struct own_stacks *stacks)
{
	size_t each = stacks->guard_bytes + stacks->stack_bytes;
	int error = 0;

	for (uint32_t i = 0; i < stacks->count && !error; i++)
		error = prepare_stack(stacks->map + i * each, stacks);
	return error;
}

int own_stacks_map(struct own_stacks *stacks, const struct spawn_config *config,
		   const char **ret_reason)
{
	int error = size_stacks(stacks, config);

	if (!error) {
		stacks->map = mmap(NULL, total_bytes(stacks), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
		error = stacks->map == MAP_FAILED ? -errno : prepare_stacks(stacks);
		if (error && stacks->map != MAP_FAILED)
			own_stacks_unmap(stacks);
	}
	if (error)
		*ret_reason = "not enough memory or mappings (vm.max_map_count) for the stacks";
	return error;
}

void own_stacks_unmap(struct own_stacks *stacks)
{
	munmap(stacks->map, total_bytes(stacks));
}
