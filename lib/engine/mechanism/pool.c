/* SPDX-License-Identifier: MIT */
/*
 * pool, nowait-pool: threads that block, behind one queue.
 *
 * As an executor of a language runtime has it (Java's newFixedThreadPool, Python's
 * ThreadPoolExecutor, the pool of libuv): the caller puts requests in one queue with
 * one lock, workers take them and block in pread(2) or pwrite(2), and the ends come
 * back by a second queue.  A request is handed over twice, and its latency has both.
 *
 * nowait-pool: the caller tries itself first, by preadv2(2) or pwritev2(2) with
 * RWF_NOWAIT, and has the pool do what would wait or came short.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "engine/block.h"
#include "engine/tasks.h"
#include "engine/mechanism/list.h"
#include "engine/queue.h"
#include "kernel/pages.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif
/* Behind the end of every file: a read there touches no page. */
#define NOWHERE ((off_t)1 << 60)

struct pool {
	const struct engine_config *config;
	struct engine_tasks tasks;
	struct engine_queue requests, ends;
	struct engine_lane **idle; /* so many as idle_count have nothing under way */
	struct engine_handed *ended;
	uint32_t idle_count, in_flight;
	int64_t due_ns;            /* until the next request may be begun; 0: at once, or none */
	bool is_trying;
	uint64_t hits;
};

/* A worker, until close(). */
static int work(void *context, uint32_t index)
{
	struct pool *pool = context;
	struct engine_handed handed;

	(void)index;
	while (engine_queue_take(&pool->requests, &handed)) {
		handed.result = engine_block_io(pool->config, handed.lane);
		engine_queue_put(&pool->ends, handed);
	}
	return 0;
}

static void pool_close(void *state)
{
	struct pool *pool = state;
	uint32_t depth = pool->config->depth;

	if (pool->tasks.board) {
		engine_queue_end(&pool->requests);
		engine_tasks_wait(&pool->tasks);
	}
	engine_tasks_end(&pool->tasks);
	engine_queue_done(&pool->requests);
	engine_queue_done(&pool->ends);
	pages_give(pool->idle, depth * sizeof(pool->idle[0]));
	pages_give(pool->ended, depth * sizeof(pool->ended[0]));
	pool->idle = NULL;
	pool->ended = NULL;
}

static int take_memory(struct pool *pool)
{
	uint32_t depth = pool->config->depth;
	int error = engine_queue_init(&pool->requests, depth);

	if (!error)
		error = engine_queue_init(&pool->ends, depth);
	if (error)
		return error;
	pool->idle = pages_take(depth * sizeof(pool->idle[0]));
	pool->ended = pages_take(depth * sizeof(pool->ended[0]));
	return pool->idle && pool->ended ? 0 : -ENOMEM;
}

static int pool_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct pool *pool = state;
	int error;

	pool->config = config;
	pool->tasks = (struct engine_tasks){ .count = config->depth, .work = work, .context = pool };
	error = take_memory(pool);
	if (!error)
		error = engine_tasks_begin(&pool->tasks, ret_reason);
	if (error)
		pool_close(pool);
	else
		engine_tasks_start(&pool->tasks);
	return error;
}

/* Trying first */

#ifndef HAVE_PREADV2	/* musl before 1.2.5; the upper half of an offset is for 32 bits */
#define preadv2(fd, vector, count, offset, flags) \
	syscall(SYS_preadv2, fd, vector, (long)(count), offset, 0L, (long)(flags))
#define pwritev2(fd, vector, count, offset, flags) \
	syscall(SYS_pwritev2, fd, vector, (long)(count), offset, 0L, (long)(flags))
#endif

static long call_now(const struct engine_config *config, void *buffer, off_t offset)
{
	struct iovec vector = { buffer, config->block_bytes };
	ssize_t moved;

	do
		moved = config->operation == ENGINE_WRITE
			? pwritev2(config->file, &vector, 1, offset, RWF_NOWAIT)
			: preadv2(config->file, &vector, 1, offset, RWF_NOWAIT);
	while (moved == -1 && errno == EINTR);
	return moved == -1 ? -errno : moved;
}

/* What is short or waits: -EAGAIN.  Of a block that ends behind the file, the pool tells. */
static long try_now(const struct engine_config *config, const struct engine_lane *lane)
{
	long result = call_now(config, lane->buffer, (off_t)lane->offset);

	return result >= 0 && (size_t)result < config->block_bytes ? -EAGAIN : result;
}

/* The first block is written as it is: no other write changes nothing. */
static long probe_write(const struct engine_config *config)
{
	unsigned char *buffer = config->lanes[0].buffer;
	ssize_t got = pread(config->file, buffer, config->block_bytes, 0);

	return got == (ssize_t)config->block_bytes ? call_now(config, buffer, 0) : 0;
}

/* Other errors are those of requests: run() has them. */
static int probe(const struct engine_config *config, char *ret_reason)
{
	bool is_write = config->operation == ENGINE_WRITE;
	long result = is_write ? probe_write(config)
			       : call_now(config, config->lanes[0].buffer, NOWHERE);

	if (result != -EOPNOTSUPP && result != -ENOSYS && result != -EPERM)
		return 0;
	snprintf(ret_reason, ENGINE_REASON_BYTES, is_write
		 ? "its file system cannot write without waiting (RWF_NOWAIT): use --rw randread, "
		   "or a --dir on xfs or btrfs"
		 : "its file system cannot read without waiting (RWF_NOWAIT): use a --dir on ext4, "
		   "xfs or btrfs");
	return (int)result;
}

static int nowait_pool_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct pool *pool = state;
	int error = probe(config, ret_reason);

	pool->is_trying = true;
	return error ? error : pool_open(state, config, ret_reason);
}

/* The hot loop */

/* A lane whose request has ended already is idle again. */
static inline int begin(struct pool *pool, struct engine_lane *lane)
{
	long result = pool->is_trying ? try_now(pool->config, lane) : -EAGAIN;

	if (result == -EAGAIN) {
		pool->in_flight++;
		engine_queue_put(&pool->requests, (struct engine_handed){ lane, 0 });
		return 0;
	}
	pool->hits += result >= 0;
	pool->idle[pool->idle_count++] = lane;
	return engine_done(lane, result);
}

/* One request for each idle lane; one that finds no more is idle no longer. */
static inline int hand_over(struct pool *pool)
{
	uint32_t count = pool->idle_count;
	int error = 0;

	pool->idle_count = 0;
	for (uint32_t i = 0; i < count && !error; i++) {
		struct engine_lane *lane = pool->idle[i];

		if (!pool->due_ns && engine_take_now(lane, &pool->due_ns))
			error = begin(pool, lane);
		else if (pool->due_ns)
			pool->idle[pool->idle_count++] = lane;
	}
	return error;
}

/* Lanes that are idle have their next request tried first, or wait until it is due. */
static inline int64_t patience(const struct pool *pool, int error)
{
	if (!pool->in_flight)
		return 0;
	return error || !pool->idle_count ? ENGINE_QUEUE_FOREVER : pool->due_ns;
}

static inline int take_ends(struct pool *pool, int64_t wait_ns)
{
	uint32_t count = engine_queue_take_all(&pool->ends, wait_ns, pool->ended);
	int error = 0;

	for (uint32_t i = 0; i < count; i++) {
		int failed = engine_done(pool->ended[i].lane, pool->ended[i].result);

		error = error ? error : failed;
		pool->idle[pool->idle_count++] = pool->ended[i].lane;
	}
	pool->in_flight -= count;
	return error;
}

static int pool_run(void *state)
{
	struct pool *pool = state;
	int error = 0, failed;

	for (uint32_t i = 0; i < pool->config->depth; i++)
		pool->idle[i] = &pool->config->lanes[i];
	pool->idle_count = pool->config->depth;
	for (;;) {
		pool->due_ns = 0;
		if (!error)
			error = hand_over(pool);
		if (!pool->in_flight && (error || !pool->idle_count))
			return error;
		if (!pool->in_flight && pool->due_ns)
			engine_pace_sleep(pool->due_ns);
		failed = take_ends(pool, patience(pool, error));
		error = error ? error : failed;
	}
}

static void pool_tell(const void *state, struct engine_facts *ret)
{
	const struct pool *pool = state;

	ret->tasks = pool->config->depth;
	ret->calls = engine_block_calls(pool->config);
	if (!pool->is_trying)
		return;
	/* A miss is two calls. */
	ret->calls += ret->calls - (double)pool->hits;
	ret->hits = (double)pool->hits;
}

#define POOL(identifier, option, traits, text) \
	const struct engine engine_##identifier = { \
		.about = { option, text, traits }, \
		.state_bytes = sizeof(struct pool), \
		.open = identifier##_open, \
		.run = pool_run, \
		.tell = pool_tell, \
		.close = pool_close, \
	}

POOL(pool, "pool", 0, "threads that block, behind one queue, as an executor has");
/* A direct request waits for its device in any case: none would be left to the pool. */
POOL(nowait_pool, "nowait-pool", ENGINE_CACHED,
     "preadv2(2) with RWF_NOWAIT first, the pool on a miss");
