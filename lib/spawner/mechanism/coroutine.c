/* SPDX-License-Identifier: MIT */
/* coroutine: a stack and a context on the creator's own thread; nobody waits, both take turns. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "spawner/mechanism/list.h"
#include "spawner/own-stack.h"

#ifdef HAVE_MAKECONTEXT
#include <ucontext.h>

struct coroutine {
	ucontext_t context;
	struct coroutine_state *own;
	struct spawn_task *task;
	bool is_alive;             /* swapped out before its end */
};

struct coroutine_state {
	ucontext_t creator;
	struct own_stacks stacks;
	struct coroutine *coroutines;  /* one a stack */
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

	own_stacks_unmap(&own->stacks);
	free(own->coroutines);
}

static int coroutine_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct coroutine_state *own = state;
	int error;

	own->coroutines = calloc(config->alive, sizeof(*own->coroutines));
	if (!own->coroutines)
		return -ENOMEM;
	error = own_stacks_map(&own->stacks, config, ret_reason);
	if (error)
		free(own->coroutines);
	return error;
}

static struct coroutine *coroutine_of(const struct coroutine_state *own,
				      const struct spawn_task *task)
{
	return &own->coroutines[task->index % own->stacks.count];
}

static int coroutine_start(void *state, struct spawn_task *task)
{
	struct coroutine_state *own = state;
	struct coroutine *self = coroutine_of(own, task);
	uintptr_t address = (uintptr_t)self;

	self->own = own;
	self->task = task;
	if (getcontext(&self->context))
		return -errno;
	self->context.uc_stack.ss_sp = own_stack_of(&own->stacks, task);
	self->context.uc_stack.ss_size = own->stacks.stack_bytes;
	self->context.uc_link = &own->creator;
	makecontext(&self->context, (void (*)(void))coroutine_main, 2,
		    (unsigned int)((uint64_t)address >> 32), (unsigned int)address);
	return swapcontext(&own->creator, &self->context) ? -errno : 0;
}

static int coroutine_reap(void *state, struct spawn_task *task)
{
	struct coroutine_state *own = state;
	struct coroutine *self = coroutine_of(own, task);

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
