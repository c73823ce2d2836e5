/* SPDX-License-Identifier: MIT */
/*
 * channel/work - what a task of a ring does between receiving and sending.
 *
 * It walks an array of its own (walk(): one word each stride is read, increased
 * and written) and leaves vector registers in use (fill()).  Whoever made no
 * switch does the same: what differs is then the switch and what it displaced.
 *
 * Each walk adds one to each word, so that the sum of the words tells afterwards
 * how many were touched; keep() counts how often the registers came back whole.
 *
 * init() takes and touches the arrays of count tasks, of small pages only: huge
 * ones would depend on where an array happens to lie.  One owner, done() takes a
 * zeroed one.  walk(), fill() and keep() are for hot loops: no errors, no calls
 * where there is nothing to do.
 */
#ifndef HANDOFF_CHANNEL_WORK_H
#define HANDOFF_CHANNEL_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "channel/vector-state.h"

struct channel_work_plan {
	size_t footprint_bytes;    /* of one task's array; 0: none */
	size_t stride_bytes;       /* a multiple of 8 */
	enum vector_state state;
};

struct channel_work {
	size_t words, stride;      /* those that are touched; in words */
	enum vector_state state;
	uint64_t kept;             /* times that the registers held what was put there */
	uint64_t *arrays;          /* NULL: none */
	size_t array_bytes;        /* of one, whole pages */
	uint32_t count, at;        /* arrays; whose turn it is */
};

/* 0 or -ENOMEM, then there is nothing to give back. */
int channel_work_init(struct channel_work *work, const struct channel_work_plan *plan,
		      uint32_t count);
void channel_work_done(struct channel_work *work);

/* Words that one walk touches. */
size_t channel_work_words(const struct channel_work_plan *plan);

/* Bytes that init() takes for each task. */
size_t channel_work_bytes(const struct channel_work_plan *plan);

/* Words touched by all walks so far. */
double channel_work_touched(const struct channel_work *work);

/* The next array's: those of several are walked in turn. */
static inline void channel_work_walk(struct channel_work *work)
{
	uint64_t *word = work->arrays;

	if (!word)
		return;
	word += (size_t)work->at * (work->array_bytes / sizeof(*word));
	work->at = work->at + 1 == work->count ? 0 : work->at + 1;
	for (size_t i = 0; i < work->words; i++, word += work->stride)
		__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + 1,
				 __ATOMIC_RELAXED);
}

static inline void channel_work_fill(const struct channel_work *work)
{
	if (work->state)
		vector_state_fill(work->state);
}

static inline void channel_work_keep(struct channel_work *work)
{
	if (work->state)
		work->kept += vector_state_has_survived(work->state);
}

static inline void channel_work_clean(const struct channel_work *work)
{
	if (work->state)
		vector_state_clean(work->state);
}

#endif
