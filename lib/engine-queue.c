/* SPDX-License-Identifier: MIT */
#include "engine-queue.h"

#include <errno.h>

#include "pages.h"

int engine_queue_init(struct engine_queue *ret, uint32_t capacity)
{
	int error;

	*ret = (struct engine_queue){ .capacity = capacity };
	error = -pthread_mutex_init(&ret->lock, NULL);
	if (error)
		return error;
	error = -pthread_cond_init(&ret->is_filled, NULL);
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

uint32_t engine_queue_take_all(struct engine_queue *queue, bool is_waiting,
			       struct engine_handed *ret)
{
	uint32_t count = 0;

	pthread_mutex_lock(&queue->lock);
	if (is_waiting)
		wait_for_one(queue);
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
