/* SPDX-License-Identifier: MIT */
/* pthread and thrd: libc's threads, created and joined. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"
#include "spawner/mechanism/list.h"

struct pthread_state {
	pthread_attr_t attributes;
};

static void *thread_main(void *task)
{
	spawn_task_run(task);
	return NULL;
}

static int pthread_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct pthread_state *own = state;
	int error = pthread_attr_init(&own->attributes);

	if (!error && config->stack_bytes)
		error = pthread_attr_setstacksize(&own->attributes, config->stack_bytes);
	if (error == EINVAL)
		*ret_reason = "--stack is below the smallest stack that a thread can have";
	return -error;
}

static int pthread_start(void *state, struct spawn_task *task)
{
	struct pthread_state *own = state;

	return -pthread_create(&task->thread, &own->attributes, thread_main, task);
}

static int pthread_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return -pthread_join(task->thread, NULL);
}

static void pthread_close(void *state)
{
	struct pthread_state *own = state;

	pthread_attr_destroy(&own->attributes);
}

static void *detached_main(void *argument)
{
	struct spawn_task *task = argument;

	spawn_task_run(task);
	__atomic_store_n(&task->ended, 1, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&task->ended, FUTEX_WAKE, 1, 0, 0, 0);
	return NULL;
}

static int detached_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct pthread_state *own = state;
	int error = pthread_open(state, config, ret_reason);

	return error ? error
		     : -pthread_attr_setdetachstate(&own->attributes, PTHREAD_CREATE_DETACHED);
}

static int detached_start(void *state, struct spawn_task *task)
{
	struct pthread_state *own = state;

	task->ended = 0;
	return -pthread_create(&task->thread, &own->attributes, detached_main, task);
}

/* Nobody can wait for a detached thread itself: for its last word, then. */
static int detached_reap(void *state, struct spawn_task *task)
{
	(void)state;
	while (!__atomic_load_n(&task->ended, __ATOMIC_ACQUIRE)) {
		long error = raw_syscall(SYS_futex, (long)&task->ended, FUTEX_WAIT, 0, 0, 0, 0);

		if (error && error != -EAGAIN && error != -EINTR)
			return (int)error;
	}
	return 0;
}

/* ThreadSanitizer does not know of C11's threads: nothing of its must run here. */
UNINSTRUMENTED_FUNCTION static int thrd_main(void *task)
{
	spawn_task_run(task);
	return 0;
}

static int thrd_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	(void)state, (void)config, (void)ret_reason;
	return 0;
}

static int thrd_start(void *state, struct spawn_task *task)
{
	(void)state;
	switch (thrd_create((thrd_t *)&task->thread, thrd_main, task)) {
	case thrd_success:
		return 0;
	case thrd_nomem:
		return -ENOMEM;
	default:
		return -EAGAIN;
	}
}

static int thrd_reap(void *state, struct spawn_task *task)
{
	int result;

	(void)state;
	if (thrd_join((thrd_t)task->thread, &result) != thrd_success)
		return -ESRCH;
	return result ? -ECHILD : 0;
}

static void thrd_close(void *state)
{
	(void)state;
}

_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "a thrd_t is kept in a pthread_t");

const struct spawner spawner_pthread = {
	.about = { "pthread", "pthread_create and pthread_join, stack from libc's cache",
		   SPAWN_THREAD | SPAWN_STACK },
	.clone_flags = SPAWN_FLAGS_OF_LIBC,
	.state_bytes = sizeof(struct pthread_state),
	.open = pthread_open,
	.start = pthread_start,
	.reap = pthread_reap,
	.close = pthread_close,
};

const struct spawner spawner_pthread_cold = {
	.about = { "pthread-cold", "the same with libc's stack cache off: a new stack every time",
		   SPAWN_THREAD | SPAWN_STACK },
	.clone_flags = SPAWN_FLAGS_OF_LIBC,
	.environment = "GLIBC_TUNABLES=glibc.pthread.stack_cache_size=0",
	.state_bytes = sizeof(struct pthread_state),
	.open = pthread_open,
	.start = pthread_start,
	.reap = pthread_reap,
	.close = pthread_close,
};

const struct spawner spawner_pthread_detached = {
	.about = { "pthread-detached", "a detached pthread, until its last word (nobody can join it)",
		   SPAWN_THREAD | SPAWN_STACK },
	.clone_flags = SPAWN_FLAGS_OF_LIBC,
	.state_bytes = sizeof(struct pthread_state),
	.open = detached_open,
	.start = detached_start,
	.reap = detached_reap,
	.close = pthread_close,
};

const struct spawner spawner_thrd = {
	.about = { "thrd", "C11's thrd_create and thrd_join", SPAWN_THREAD },
	.clone_flags = SPAWN_FLAGS_OF_LIBC,
	.open = thrd_open,
	.start = thrd_start,
	.reap = thrd_reap,
	.close = thrd_close,
};
