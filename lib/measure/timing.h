/* SPDX-License-Identifier: MIT */
/*
 * measure/timing - the timed loop for an operation that owns its hot loop.
 *
 * The operation is run(state, n): it does n operations, checks each, and
 * returns 0 or -errno at once; it may be called any number of times with any
 * n >= 1.  run_empty() is the same loop around nothing.  Both are called
 * through the same code, so that what run_empty() takes is what the harness
 * adds to run(), and can be taken off.  They never read a clock.
 *
 * timing_prepare(), in this order:
 *   cold       the first operation of the worker's life, alone
 *   cost       more and more operations, until three regions in a row take 100 us
 *   warm-up    until 2 ms, three batches and two that agree within 5 %; at most
 *              50 ms, then ROUND_NOWARM; with has_ends, where the first region
 *              takes as long, that one is cost and warm-up; with has_ramp, none
 *   overhead   4096 empty regions: median, and their IQR as its spread
 *   mode       each operation alone if it costs 20 times that overhead or more,
 *              else regions of max(1000 overheads, 50 us)
 *   linearity  twice the operations must cost 1.97 to 2.03 times as much, else
 *              ROUND_NONLINEAR; not asked where most of a region is overhead, or
 *              where its ends cost something
 * timing_measure() then times as many regions as the window has room for, at
 * least five, at most what the buffer holds; batches are stretched by up to a
 * fifth, so as not to keep step with the tick.  Counters are best read between
 * the two.
 *
 * Ticks are those of timed->clock.  The first error of run() ends everything,
 * is returned, and leaves no sample behind.  A timing owns its buffer, which
 * is touched beforehand and shared with children (see measure/sample.h);
 * timing_done() takes a zeroed one.  One thread.
 */
#ifndef HANDOFF_TIMING_H
#define HANDOFF_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/clock.h"
#include "measure/round.h"
#include "measure/sample.h"

struct timed {
	int (*run)(void *state, uint64_t n);
	int (*run_empty)(void *state, uint64_t n);
	void *state;
	struct clock clock;
	uint64_t window_ns;
	uint64_t seed;             /* of the stretch */
	int batch;                 /* 1: time in batches, 0: each alone, -1: as the cost asks */
	uint32_t unit;             /* run() is asked for multiples of it only, in batches; 0: 1 */
	bool has_ends;             /* a region's beginning and end have a cost of their own */
	bool has_ramp;             /* what warms up follows, and is the caller's */
	/* What is measured has a state that comes round, as a queue that fills and runs empty:
	 * begin() is called before the window's first mark, and regions follow until
	 * the window has passed and is_round() says that it is as it was then, give or take n
	 * operations; for twice the window at most.  NULL: it has none. */
	int (*begin)(void *state);
	bool (*is_round)(const void *state, uint64_t n);
};

struct timing {
	struct sample sample;      /* of the window, as measured */
	uint32_t *operations;      /* what sample.operations is in batch mode */
	size_t map_bytes;
	bool is_batch;
	uint64_t operations_done;  /* in the window */
	uint64_t begin, end;       /* ticks of the window */
	uint64_t looks;            /* of them, those that is_round() took */
	double region_overhead;    /* ticks that an empty region takes */
	double overhead, overhead_spread;  /* ticks an operation */
	double cold;               /* ticks of the first operation, with its region */
	double operation_ticks;    /* estimate from the warm-up, overhead included */
	uint32_t flags;            /* enum round_flag */
};

/* Room for capacity regions. -ENOMEM. */
int timing_init(struct timing *ret, size_t capacity);
void timing_done(struct timing *timing);

int timing_prepare(const struct timed *timed, struct timing *timing);
int timing_measure(const struct timed *timed, struct timing *timing);

/* Ticks from the window's begin to its end, less what looking took. */
static inline double timing_window(const struct timing *timing)
{
	return (double)(timing->end - timing->begin - timing->looks);
}

/* Durations and what is taken off them, of a share of each operation. */
void timing_scale(struct timing *timing, double factor);

/*
 * The window as a series of this name; the pairs are the caller's to free.
 * -ENODATA when nothing was measured, else as sample_describe().
 */
int timing_describe(const struct timing *timing, const char *metric,
		    struct round_series *ret_series, struct histogram_pair **ret_pairs);

#endif
