/* SPDX-License-Identifier: MIT */
#include "engine/queue.h"

#include <errno.h>
#include <time.h>

#include "kernel/pages.h"

/* Waits of limited time end by the monotonic clock. */
static int init_condition(pthread_cond_t *ret)
{
	pthread_condattr_t attributes;
	int error = -pthread_condattr_init(&attributes);

	if (error)
		return error;
	error = -pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (!error)
		error = -pthread_cond_init(ret, &attributes);
	pthread_condattr_destroy(&attributes);
	return error;
}

int engine_queue_init(struct engine_queue *ret, uint32_t capacity)
{
	int error;

	*ret = (struct engine_queue){ .capacity = capacity };
	error = -pthread_mutex_init(&ret->lock, NULL);
	if (error)
		return error;
	error = init_condition(&ret->is_filled);
	if (!error) {
		ret->ring = pages_take(capacity * sizeof(ret->ring[0]));
		if (ret->ring)
			return 0;
		error = -ENOMEM;
		pthread_cond_destroy(&ret->is_filled);
	}
	pthread_mutex_destroy(&ret->lock);
	return error;
}

void engine_queue_put(struct engine_queue *queue, struct engine_handed handed)
{
	pthread_mutex_lock(&queue->lock);
	queue->ring[(queue->first + queue->count) % queue->capacity] = handed;
	queue->count++;
	pthread_cond_signal(&queue->is_filled);
	pthread_mutex_unlock(&queue->lock);
}

/* With the lock. */
static struct engine_handed take_first(struct engine_queue *queue)
{
	struct engine_handed handed = queue->ring[queue->first];

	queue->first = (queue->first + 1) % queue->capacity;
	queue->count--;
	return handed;
}

static void wait_for_one(struct engine_queue *queue)
{
	while (!queue->count && !queue->is_over)
		pthread_cond_wait(&queue->is_filled, &queue->lock);
}

bool engine_queue_take(struct engine_queue *queue, struct engine_handed *ret)
{
	bool is_there;

	pthread_mutex_lock(&queue->lock);
	wait_for_one(queue);
	is_there = queue->count;
	if (is_there)
		*ret = take_first(queue);
	pthread_mutex_unlock(&queue->lock);
	return is_there;
}

static void wait_so_long(struct engine_queue *queue, int64_t wait_ns)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)((end.tv_nsec + wait_ns) / 1000000000);
	end.tv_nsec = (long)((end.tv_nsec + wait_ns) % 1000000000);
	while (!queue->count && !queue->is_over &&
	       pthread_cond_timedwait(&queue->is_filled, &queue->lock, &end) != ETIMEDOUT)
		;
}

uint32_t engine_queue_take_all(struct engine_queue *queue, int64_t wait_ns,
			       struct engine_handed *ret)
{
	uint32_t count = 0;

	pthread_mutex_lock(&queue->lock);
	if (wait_ns == ENGINE_QUEUE_FOREVER)
		wait_for_one(queue);
	else if (wait_ns)
		wait_so_long(queue, wait_ns);
	while (queue->count)
		ret[count++] = take_first(queue);
	pthread_mutex_unlock(&queue->lock);
	return count;
}

void engine_queue_end(struct engine_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->is_over = true;
	pthread_cond_broadcast(&queue->is_filled);
	pthread_mutex_unlock(&queue->lock);
}

void engine_queue_done(struct engine_queue *queue)
{
	if (!queue->ring)
		return;
	pages_give(queue->ring, queue->capacity * sizeof(queue->ring[0]));
	queue->ring = NULL;
	pthread_cond_destroy(&queue->is_filled);
	pthread_mutex_destroy(&queue->lock);
}
