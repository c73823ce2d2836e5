/* SPDX-License-Identifier: MIT */
/* thread-pool: threads that wait on a queue by mutex and condition, as an executor's do. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "spawner/mechanism/list.h"

struct thread_pool {
	pthread_mutex_t lock;      /* holds all below, and every task's "ended" */
	pthread_cond_t has_work;
	bool is_ending;
	uint32_t size;             /* threads asked for, places in the queue */
	uint32_t head, queued;
	struct spawn_task **queue;
	pthread_cond_t *has_ended; /* one a task alive: wakes only who waits for that */
	uint32_t threads_made;
	pthread_t *threads;
};

static struct spawn_task *pool_take(struct thread_pool *own)
{
	struct spawn_task *task;

	while (!own->queued && !own->is_ending)
		pthread_cond_wait(&own->has_work, &own->lock);
	if (own->is_ending)
		return NULL;
	task = own->queue[own->head];
	own->head = (own->head + 1) % own->size;
	own->queued--;
	return task;
}

/* The pool's calls on a sound mutex and condition cannot fail (POSIX). */
static void *pool_main(void *state)
{
	struct thread_pool *own = state;
	struct spawn_task *task;

	pthread_mutex_lock(&own->lock);
	while ((task = pool_take(own))) {
		pthread_mutex_unlock(&own->lock);
		spawn_task_run(task);
		pthread_mutex_lock(&own->lock);
		task->ended = 1;
		pthread_cond_signal(&own->has_ended[task->index % own->size]);
	}
	pthread_mutex_unlock(&own->lock);
	return NULL;
}

static void pool_join(struct thread_pool *own)
{
	pthread_mutex_lock(&own->lock);
	own->is_ending = true;
	pthread_cond_broadcast(&own->has_work);
	pthread_mutex_unlock(&own->lock);
	for (uint32_t i = 0; i < own->threads_made; i++)
		pthread_join(own->threads[i], NULL);
}

/* For glibc and musl the conditions own nothing, but POSIX lets them. */
static void pool_free(struct thread_pool *own)
{
	for (uint32_t i = 0; own->has_ended && i < own->size; i++)
		pthread_cond_destroy(&own->has_ended[i]);
	pthread_cond_destroy(&own->has_work);
	pthread_mutex_destroy(&own->lock);
	free(own->has_ended);
	free(own->threads);
	free(own->queue);
}

static void pool_close(void *state)
{
	struct thread_pool *own = state;

	pool_join(own);
	pool_free(own);
}

static int pool_allocate(struct thread_pool *own, uint32_t size)
{
	own->size = size;
	own->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	own->has_work = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	own->queue = calloc(size, sizeof(*own->queue));
	own->threads = calloc(size, sizeof(*own->threads));
	own->has_ended = calloc(size, sizeof(*own->has_ended));
	for (uint32_t i = 0; own->has_ended && i < size; i++)
		own->has_ended[i] = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	return own->queue && own->threads && own->has_ended ? 0 : -ENOMEM;
}

static int pool_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct thread_pool *own = state;
	int error = pool_allocate(own, config->alive);

	if (error) {
		pool_free(own);
		return error;
	}
	while (!error && own->threads_made < own->size) {
		error = -pthread_create(&own->threads[own->threads_made], NULL, pool_main, own);
		own->threads_made += !error;
	}
	if (error) {
		*ret_reason = "so many threads are not allowed: see RLIMIT_NPROC and pids.max";
		pool_close(own);
	}
	return error;
}

static int pool_start(void *state, struct spawn_task *task)
{
	struct thread_pool *own = state;
	int error;

	error = -pthread_mutex_lock(&own->lock);
	if (error)
		return error;
	if (own->queued < own->size) {
		task->ended = 0;
		own->queue[(own->head + own->queued++) % own->size] = task;
		error = -pthread_cond_signal(&own->has_work);
	} else {
		error = -EAGAIN;
	}
	pthread_mutex_unlock(&own->lock);
	return error;
}

static int pool_reap(void *state, struct spawn_task *task)
{
	struct thread_pool *own = state;
	int error = -pthread_mutex_lock(&own->lock);

	if (error)
		return error;
	while (!error && !task->ended)
		error = -pthread_cond_wait(&own->has_ended[task->index % own->size], &own->lock);
	pthread_mutex_unlock(&own->lock);
	return error;
}

const struct spawner spawner_thread_pool = {
	.about = { "thread-pool", "a waiting thread takes it from a queue (mutex, condition)",
		   SPAWN_THREAD | SPAWN_WAITS },
	.state_bytes = sizeof(struct thread_pool),
	.open = pool_open,
	.start = pool_start,
	.reap = pool_reap,
	.close = pool_close,
};
