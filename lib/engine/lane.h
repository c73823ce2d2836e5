/* SPDX-License-Identifier: MIT */
/*
 * engine/lane - one request after the other, the same for every engine.
 *
 * engine_take() gives a lane its next request: an offset, a buffer, what to write
 * in it.  engine_done() says how it ended: a result that is no error is looked at
 * page for page (a read brought what the file has there, and all of it) and its
 * latency kept.  Between the two the request is the engine's.
 *
 * The load is shared by all lanes, of threads and of processes: requests have
 * numbers, and a number is one offset, whoever takes it.  A lane takes
 * load->share of them at a time, so that lanes seldom meet.  Numbers go through
 * all blocks of the file once before any comes again, in order or scattered.
 *
 * Latencies are ticks from take to done; of load->sampling requests of a lane one
 * is timed, where reading the clock would cost more than it tells.  What does not
 * fit a lane's sample is counted and not kept.
 *
 * Where the load has a pace, requests are due at times of their own (engine/pace.h),
 * and their times are kept there, of each.  engine_take() sleeps until the next one is
 * due.  An engine that has ends to look after calls engine_take_now() instead, which
 * takes none that is not due yet, and says for how long it may wait.
 *
 * Where load->mark_every is set, the time is kept at which every so manieth request
 * of the run is taken: it is a multiple of load->share.
 *
 * For hot loops; 0 or -errno: -EIO a request that moved too little, -EILSEQ one
 * that brought something else than the file has there.
 */
#ifndef HANDOFF_ENGINE_LANE_H
#define HANDOFF_ENGINE_LANE_H

#include <errno.h>

#include "engine/engine.h"
#include "engine/pace.h"
#include "kernel/clock.h"
#include "measure/sample.h"

/* A word of the file at each of these is looked at: no page is left out. */
#define ENGINE_CHECK_BYTES 512
#define ENGINE_MARKS 16
#define ENGINE_PATTERN 0x9e3779b97f4a7c15u   /* 2^64 / golden ratio */

struct engine_load {
	_Alignas(128) uint64_t taken;      /* numbers that lanes have taken */
	_Alignas(128) uint64_t count;      /* requests of this run; the caller's */
	uint64_t first;                    /* number of the first one */
	uint64_t share;
	uint64_t blocks, scatter_mask;     /* of the file; 0: in order */
	uint64_t seed;
	size_t block_bytes;
	uint32_t sampling;
	bool is_write, has_bytes;
	bool is_known;             /* what the file holds: else it is touched, not compared */
	enum clock_source source;
	struct engine_pace *pace;  /* NULL: the next is taken as soon as one has ended */
	uint64_t mark_every;       /* 0: never */
	uint64_t marks[ENGINE_MARKS];      /* ticks; 0: not reached */
};

struct engine_lane {
	_Alignas(128) struct engine_load *load;
	unsigned char *buffer;     /* block_bytes, 4096-aligned, touched */
	uint64_t offset;           /* of the request under way, in bytes */
	uint64_t number, end;      /* of its share: the next one, and that behind the last */
	uint64_t begin;            /* ticks, of a request that is timed */
	bool is_timed;
	uint32_t until_timed;
	struct sample sample;
	uint64_t begun, ended;     /* requests, of all runs */
	int error;                 /* of this lane's task, for its maker */
};

/* Word of the file at an offset that 8 divides. */
static inline uint64_t engine_pattern(const struct engine_load *load, uint64_t offset)
{
	return (offset + 8) * ENGINE_PATTERN ^ load->seed;
}

/* A permutation of all numbers below a power of two, walked until it is a block. */
static inline uint64_t engine_scatter(const struct engine_load *load, uint64_t number)
{
	uint64_t mask = load->scatter_mask, at = number;

	do {
		at = (at * 0xd1342543de82ef95u + 0x9e3779b97f4a7c15u) & mask;
		at ^= at >> 7;
		at = (at * 0xaf251af3b0f025b5u + 1) & mask;
	} while (at >= load->blocks);
	return at;
}

static inline uint64_t engine_block(const struct engine_load *load, uint64_t number)
{
	uint64_t at = number % load->blocks;

	return load->scatter_mask ? engine_scatter(load, at) : at;
}

/* Numbers are within this run's; a share ends with it. */
static inline bool engine_take_share(struct engine_lane *lane)
{
	struct engine_load *load = lane->load;
	uint64_t at = __atomic_fetch_add(&load->taken, load->share, __ATOMIC_RELAXED);

	if (at >= load->count)
		return false;
	if (load->mark_every && at % load->mark_every == 0)
		load->marks[at / load->mark_every] = clock_start(load->source);
	lane->number = load->first + at;
	lane->end = lane->number + (load->share < load->count - at ? load->share : load->count - at);
	return true;
}

static inline void engine_write_pattern(struct engine_lane *lane)
{
	uint64_t *words = (uint64_t *)(void *)lane->buffer;

	for (size_t i = 0; i < lane->load->block_bytes / sizeof(*words); i++)
		words[i] = engine_pattern(lane->load, lane->offset + i * sizeof(*words));
}

static inline bool engine_is_pattern(const struct engine_lane *lane)
{
	uint64_t difference = 0;

	for (size_t i = 0; i < lane->load->block_bytes; i += ENGINE_CHECK_BYTES)
		difference |= *(const uint64_t *)(const void *)(lane->buffer + i) ^
			      engine_pattern(lane->load, lane->offset + i);
	__asm__ volatile("" : : "r"(difference));
	return !difference || !lane->load->is_known;
}

/* Spoils what the last read has brought: an empty one would bring it again.  What has
 * stayed of another block is found out by its pattern, which differs in each word. */
static inline void engine_spoil(struct engine_lane *lane)
{
	for (size_t i = 0; i < lane->load->block_bytes; i += ENGINE_CHECK_BYTES)
		*(uint64_t *)(void *)(lane->buffer + i) = 0;
}

/* Of its request under way, in the run. */
static inline uint64_t engine_index(const struct engine_lane *lane)
{
	return lane->number - 1 - lane->load->first;
}

static inline void engine_begin(struct engine_lane *lane)
{
	struct engine_load *load = lane->load;
	uint64_t last = lane->offset;

	lane->offset = engine_block(load, lane->number++) * load->block_bytes;
	if (load->has_bytes && load->is_write)
		engine_write_pattern(lane);
	else if (load->has_bytes && lane->offset == last)
		engine_spoil(lane);
	lane->begun++;
	lane->is_timed = lane->until_timed-- == 1;
	if (lane->is_timed) {
		lane->until_timed = load->sampling;
		lane->begin = clock_start(load->source);
	}
}

/* false: there are no more. */
static inline bool engine_take(struct engine_lane *lane)
{
	struct engine_load *load = lane->load;

	if (lane->number == lane->end && !engine_take_share(lane))
		return false;
	if (load->pace)
		engine_pace_await(load->pace, lane->number - load->first);
	engine_begin(lane);
	return true;
}

/* The next one of all, if it is due. */
static inline bool engine_take_due(struct engine_lane *lane, int64_t *ret_wait_ns)
{
	struct engine_load *load = lane->load;
	uint64_t at = __atomic_load_n(&load->taken, __ATOMIC_RELAXED);

	do {
		if (at >= load->count)
			return false;
		*ret_wait_ns = engine_pace_left_ns(load->pace, at);
		if (*ret_wait_ns) {
			__atomic_store_n(&load->pace->awaited, at + 1, __ATOMIC_RELAXED);
			return false;
		}
	} while (!__atomic_compare_exchange_n(&load->taken, &at, at + 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	if (__atomic_load_n(&load->pace->awaited, __ATOMIC_RELAXED) == at + 1)
		engine_pace_begun(load->pace, at);
	lane->number = load->first + at;
	lane->end = lane->number + 1;
	engine_begin(lane);
	return true;
}

/* false: none can be taken, for so many ns; 0: there are no more. */
static inline bool engine_take_now(struct engine_lane *lane, int64_t *ret_wait_ns)
{
	*ret_wait_ns = 0;
	return lane->load->pace ? engine_take_due(lane, ret_wait_ns) : engine_take(lane);
}

static inline void engine_keep_time(struct engine_lane *lane)
{
	uint64_t end = clock_stop(lane->load->source);
	struct engine_pace *pace = lane->load->pace;

	if (pace)
		engine_pace_ended(pace, engine_index(lane), lane->begin, end);
	else if (lane->sample.count < lane->sample.capacity)
		lane->sample.ticks[lane->sample.count++] = (int64_t)(end - lane->begin);
}

/* result: bytes, or -errno. */
static inline int engine_done(struct engine_lane *lane, long result)
{
	const struct engine_load *load = lane->load;

	if (lane->is_timed)
		engine_keep_time(lane);
	if (result < 0)
		return (int)result;
	if (load->has_bytes) {
		if ((size_t)result != load->block_bytes)
			return -EIO;
		if (!load->is_write && !engine_is_pattern(lane))
			return -EILSEQ;
	}
	lane->ended++;
	return 0;
}

#endif
