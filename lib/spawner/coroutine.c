/* SPDX-License-Identifier: MIT */
/* coroutine: a stack and a context on the creator's own thread; nobody waits, both take turns. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "spawner.h"

#if defined(__GLIBC__)
#include <sys/mman.h>
#include <ucontext.h>

#define DEFAULT_STACK_BYTES (64u << 10)

struct coroutine {
	ucontext_t context;
	struct coroutine_state *own;
	struct spawn_task *task;
	bool is_alive;             /* swapped out before its end */
};

struct coroutine_state {
	ucontext_t creator;
	char *stacks;              /* count of them, each above a guard page */
	size_t stride, page;
	uint32_t count;
	struct coroutine *coroutines;
};

/* makecontext() hands on ints only: the pointer comes in two halves. */
static void coroutine_main(unsigned int high, unsigned int low)
{
	struct coroutine *self = (struct coroutine *)(uintptr_t)((uint64_t)high << 32 | low);
	struct spawn_task *task = self->task;

	spawn_task_begin(task);
	if (task->is_held) {
		self->is_alive = true;
		if (swapcontext(&self->context, &self->own->creator))
			task->error = errno;
		self->is_alive = false;
	}
	spawn_task_end(task);
}

static void coroutine_close(void *state)
{
	struct coroutine_state *own = state;

	munmap(own->stacks, own->count * own->stride);
	free(own->coroutines);
}

static int make_stacks(struct coroutine_state *own, size_t size)
{
	size_t total;

	own->page = (size_t)sysconf(_SC_PAGESIZE);
	if (size > SIZE_MAX / 2)
		return -ENOMEM;
	own->stride = (size + own->page - 1) / own->page * own->page + own->page;
	if (__builtin_mul_overflow(own->stride, own->count, &total))
		return -ENOMEM;
	own->stacks = mmap(NULL, total, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (own->stacks == MAP_FAILED)
		return -errno;
	for (uint32_t i = 0; i < own->count; i++) {
		char *stack = own->stacks + i * own->stride;

		if (mprotect(stack, own->page, PROT_NONE)) {
			int error = -errno;

			munmap(own->stacks, total);
			return error;
		}
		stack[own->stride - 1] = 0;
	}
	return 0;
}

static int coroutine_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct coroutine_state *own = state;
	int error;

	own->count = config->alive;
	own->coroutines = calloc(own->count, sizeof(*own->coroutines));
	if (!own->coroutines)
		return -ENOMEM;
	error = make_stacks(own, config->stack_bytes ? config->stack_bytes : DEFAULT_STACK_BYTES);
	if (error) {
		*ret_reason = "not enough memory or mappings (vm.max_map_count) for the stacks";
		free(own->coroutines);
	}
	return error;
}

static int coroutine_start(void *state, struct spawn_task *task)
{
	struct coroutine_state *own = state;
	uint32_t slot = task->index % own->count;
	struct coroutine *self = &own->coroutines[slot];
	uintptr_t address = (uintptr_t)self;

	self->own = own;
	self->task = task;
	if (getcontext(&self->context))
		return -errno;
	self->context.uc_stack.ss_sp = own->stacks + slot * own->stride + own->page;
	self->context.uc_stack.ss_size = own->stride - own->page;
	self->context.uc_link = &own->creator;
	makecontext(&self->context, (void (*)(void))coroutine_main, 2,
		    (unsigned int)((uint64_t)address >> 32), (unsigned int)address);
	return swapcontext(&own->creator, &self->context) ? -errno : 0;
}

static int coroutine_reap(void *state, struct spawn_task *task)
{
	struct coroutine_state *own = state;
	struct coroutine *self = &own->coroutines[task->index % own->count];

	if (self->is_alive && swapcontext(&own->creator, &self->context))
		return -errno;
	return -task->error;
}

#define STATE_BYTES sizeof(struct coroutine_state)

#else /* musl has no ucontext */

#define STATE_BYTES 0

static int coroutine_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	(void)state, (void)config;
	*ret_reason = "this libc has no makecontext and swapcontext";
	return -ENOSYS;
}

static int coroutine_start(void *state, struct spawn_task *task)
{
	(void)state, (void)task;
	return -ENOSYS;
}

static int coroutine_reap(void *state, struct spawn_task *task)
{
	(void)state, (void)task;
	return -ENOSYS;
}

static void coroutine_close(void *state)
{
	(void)state;
}

#endif

const struct spawner spawner_coroutine = {
	.about = { "coroutine", "makecontext and swapcontext: no task of the kernel's",
		   SPAWN_USER | SPAWN_STACK },
	.state_bytes = STATE_BYTES,
	.open = coroutine_open,
	.start = coroutine_start,
	.reap = coroutine_reap,
	.close = coroutine_close,
};
