/* SPDX-License-Identifier: MIT */
/*
 * measure/calibrated - operations of known cost, to measure the harness with.
 *
 * Unlike other mechanisms a spin looks at a clock: that is its work.  How many
 * ticks a nanosecond has it finds out by itself, against CLOCK_MONOTONIC_RAW,
 * so that a wrong rate of the harness shows.  n spins of N ns take n times N,
 * whatever a look costs: what one overshoots the next makes up for; a delay
 * from outside is not made up for.  A call too takes N, its looks included.
 *
 * Every run() counts what it did in state->performed.  Some costs depend on the
 * round, by pure functions, for the doubts that the summary must raise.
 *
 * calibrated_open() takes 1 ms for a spin.  -EDOM: this clock is too slow to look at
 * for so short a spin.  calibrated_close() takes a zeroed state.
 */
#ifndef HANDOFF_CALIBRATED_H
#define HANDOFF_CALIBRATED_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "kernel/clock.h"
#include "measure/mechanism.h"

#define CALIBRATED_BASE_NS 2000       /* of those that vary */
#define CALIBRATED_SPIKE_EVERY 64     /* operations */
#define CALIBRATED_SPIKE_FACTOR 10
#define CALIBRATED_MODE_FACTOR 1.2
#define CALIBRATED_MODE_SHARE 0.3     /* of the rounds */
#define CALIBRATED_RAMP 0.005         /* more in every round */
#define CALIBRATED_SQUARE_FACTOR 1.1
#define CALIBRATED_SQUARE_ROUNDS 8    /* a period: four low, four high */
#define CALIBRATED_MORE 1.05          /* spin-more against spin-10us */

struct calibrated_state {
	uint64_t performed;            /* operations, since calibrated_open() */
	enum clock_source source;
	double look_ticks;             /* of a look at the clock, or its step: what a spin is exact to */
	uint64_t spin, call, slack;    /* in 1/1024 ticks; ticks; ticks */
	uint32_t spike_every, since_spike;
	struct timespec sleep;
	char *pages;
	size_t page_bytes, page_count;
};

struct calibrated {
	struct mechanism about;
	double spin_ns, sleep_ns;      /* 0: not a spin, not a sleep */
	uint32_t spike_every, page_count;
	int batch;                     /* as struct timed has it */
	double (*factor)(uint64_t round);   /* on spin_ns; NULL: always the same */
	int (*run)(void *state, uint64_t n);
};

/* NULL behind the last, as struct tool wants it; NULL for a name unknown. */
const struct mechanism *calibrated_about(size_t i);
const struct calibrated *calibrated_find(const char *name);

int calibrated_open(const struct calibrated *calibrated, enum clock_source source, uint64_t round,
		    struct calibrated_state *ret);
void calibrated_close(struct calibrated_state *state);

/* The empty loop of all of them, and an operation itself: nothing. */
int calibrated_run_empty(void *state, uint64_t n);

/* By what the cost of this round is multiplied. */
double calibrated_two_modes(uint64_t round);
double calibrated_ramp(uint64_t round);
double calibrated_square_wave(uint64_t round);

#endif
