/* SPDX-License-Identifier: MIT */
/*
 * engine/queue - lanes that threads hand to each other, behind one lock.
 *
 * A mutex and a condition variable, as the queues of language runtimes' executors:
 * first in, first out, and who finds nothing sleeps.  There is room for as many as
 * init() was told, which the caller never exceeds: put() does not wait for room.
 *
 * After end() nobody waits any more.  done() takes a zeroed struct, and one that
 * nobody uses.  init(): 0 or -errno.  All but init() and done(): any thread.
 */
#ifndef HANDOFF_ENGINE_QUEUE_H
#define HANDOFF_ENGINE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct engine_lane;

/* A request on its way to be made, or back with its result: bytes, or -errno. */
struct engine_handed {
	struct engine_lane *lane;
	long result;
};

struct engine_queue {
	_Alignas(128) pthread_mutex_t lock;
	pthread_cond_t is_filled;
	struct engine_handed *ring;
	uint32_t capacity, first, count;
	bool is_over;
};

int engine_queue_init(struct engine_queue *ret, uint32_t capacity);
void engine_queue_put(struct engine_queue *queue, struct engine_handed handed);

/* The first one; false: the queue has ended. */
bool engine_queue_take(struct engine_queue *queue, struct engine_handed *ret);

/* All that there are, of which ret has to have room; waits for one so long. */
#define ENGINE_QUEUE_FOREVER INT64_MAX
uint32_t engine_queue_take_all(struct engine_queue *queue, int64_t wait_ns,
			       struct engine_handed *ret);

void engine_queue_end(struct engine_queue *queue);
void engine_queue_done(struct engine_queue *queue);

#endif
