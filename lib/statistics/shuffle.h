/* SPDX-License-Identifier: MIT */
/*
 * statistics/shuffle - random numbers that one seed decides, for orders and seeds of others.
 *
 * splitmix64: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators,
 * OOPSLA 2014; any seed will do.  The shuffle is Fisher's and Yates's (Knuth,
 * algorithm P); its bias is below count / 2^64.  Pure, but for the state that is handed in.
 */
#ifndef HANDOFF_SHUFFLE_H
#define HANDOFF_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

uint64_t shuffle_next(uint64_t *state);

/* 0 to count - 1, each once, in a random order. */
void shuffle_indices(uint64_t *state, size_t *ret, size_t count);

#endif
