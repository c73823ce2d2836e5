/* SPDX-License-Identifier: MIT */
#include "statistics/shuffle.h"

uint64_t shuffle_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void shuffle_indices(uint64_t *state, size_t *ret, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t j = (size_t)(shuffle_next(state) % i), swapped = ret[i - 1];

		ret[i - 1] = ret[j];
		ret[j] = swapped;
	}
}
