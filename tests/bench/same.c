/* SPDX-License-Identifier: MIT */
/*
 * same - do two runs of one cell differ?
 *
 *   same FILE_A FILE_B
 *
 * A file has the median of each round on a line.  Prints the ratio of B to A
 * with its 95 % interval, and a word (handoff-method(7) COMPARING: the shift of
 * Hodges and Lehmann on logarithms, the interval of Moses, widened for serial
 * correlation).  A difference matters from 2 % on:
 *
 *   equivalent    the interval lies within 2 %, whether 1 is in it or not
 *   cannot-tell   1 is in it, and so is what is farther than 2 % away
 *   faster, slower  neither: a difference is declared
 *   no-interval   too few rounds for one
 *
 * Status 1: a file cannot be read, or has no positive numbers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "statistics.h"

#define ALPHA 0.05
#define MATTERS 0.02
#define ROUNDS_MOST 4096

struct rounds {
	double p50[ROUNDS_MOST];
	size_t count;
};

/* 0 or -errno; -EINVAL: not a number a line. */
static int read_rounds(const char *path, struct rounds *ret)
{
	FILE *file = fopen(path, "re");
	int matched = 1;

	if (!file)
		return -errno;
	for (ret->count = 0; ret->count < ROUNDS_MOST && matched == 1; ret->count += matched == 1)
		matched = fscanf(file, "%lf", &ret->p50[ret->count]);
	fclose(file);
	return matched == EOF && ret->count ? 0 : -EINVAL;
}

static double serial_tau(const struct rounds *rounds)
{
	return statistics_tau(statistics_median_interval(rounds->p50, rounds->count, ALPHA).rho);
}

static const char *word_for(const struct interval *ratio)
{
	if (!ratio->has_interval)
		return "no-interval";
	if (ratio->lo >= 1 - MATTERS && ratio->hi <= 1 + MATTERS)
		return "equivalent";
	if (ratio->lo <= 1 && ratio->hi >= 1)
		return "cannot-tell";
	return ratio->mid < 1 ? "faster" : "slower";
}

int main(int argc, char **argv)
{
	static struct rounds rounds[2];
	struct interval ratio;
	double tau[2];
	int error = argc == 3 ? 0 : -EINVAL;

	for (int i = 0; i < 2 && !error; i++) {
		error = read_rounds(argv[1 + i], &rounds[i]);
		tau[i] = error ? 1 : serial_tau(&rounds[i]);
	}
	if (!error)
		error = compare_ratio(rounds[0].p50, rounds[0].count, rounds[1].p50,
				      rounds[1].count, ALPHA, tau[0] > tau[1] ? tau[0] : tau[1],
				      &ratio);
	if (error) {
		fprintf(stderr, "same: %s (usage: same FILE_A FILE_B)\n", strerror(-error));
		return EXIT_FAILURE;
	}
	printf("%.4f %.4f %.4f %s\n", ratio.mid, ratio.lo, ratio.hi, word_for(&ratio));
	return EXIT_SUCCESS;
}
