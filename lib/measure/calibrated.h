/* SPDX-License-Identifier: MIT */
/*
 * measure/calibrated - operations whose cost is known, to measure the harness with.
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
 * known_open() takes 1 ms for a spin.  -EDOM: this clock is too slow to look at
 * for so short a spin.  known_close() takes a zeroed state.
 */
#ifndef HANDOFF_KNOWN_H
#define HANDOFF_KNOWN_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "kernel/clock.h"
#include "measure/mechanism.h"

#define KNOWN_BASE_NS 2000       /* of those that vary */
#define KNOWN_SPIKE_EVERY 64     /* operations */
#define KNOWN_SPIKE_FACTOR 10
#define KNOWN_MODE_FACTOR 1.2
#define KNOWN_MODE_SHARE 0.3     /* of the rounds */
#define KNOWN_RAMP 0.005         /* more in every round */
#define KNOWN_SQUARE_FACTOR 1.1
#define KNOWN_SQUARE_ROUNDS 8    /* a period: four low, four high */
#define KNOWN_MORE 1.05          /* spin-more against spin-10us */

struct known_state {
	uint64_t performed;            /* operations, since known_open() */
	enum clock_source source;
	double look_ticks;             /* of a look at the clock, or its step: what a spin is exact to */
	uint64_t spin, call, slack;    /* in 1/1024 ticks; ticks; ticks */
	uint32_t spike_every, since_spike;
	struct timespec sleep;
	char *pages;
	size_t page_bytes, page_count;
};

struct known {
	struct mechanism about;
	double spin_ns, sleep_ns;      /* 0: not a spin, not a sleep */
	uint32_t spike_every, page_count;
	int batch;                     /* as struct timed has it */
	double (*factor)(uint64_t round);   /* on spin_ns; NULL: always the same */
	int (*run)(void *state, uint64_t n);
};

/* NULL behind the last, as struct tool wants it; NULL for a name unknown. */
const struct mechanism *known_about(size_t i);
const struct known *known_find(const char *name);

int known_open(const struct known *known, enum clock_source source, uint64_t round,
	       struct known_state *ret);
void known_close(struct known_state *state);

/* The empty loop of all of them, and an operation itself: nothing. */
int known_run_empty(void *state, uint64_t n);

/* By what the cost of this round is multiplied. */
double known_two_modes(uint64_t round);
double known_ramp(uint64_t round);
double known_square_wave(uint64_t round);

#endif
