/* SPDX-License-Identifier: MIT */
/*
 * same - do two runs of one cell differ?
 *
 *   same [--paired] FILE_A FILE_B
 *
 * A file has the index and the median of each round on a line.  Prints the ratio of
 * B to A with its 95 % interval, and a word (handoff-method(7) COMPARING: of two
 * runs the shift of Hodges and Lehmann on logarithms, the interval of Moses,
 * widened for serial correlation; of two cells of one run, paired, the median of
 * the ratios of rounds with the same index).  A difference matters from 2 % on:
 *
 *   equivalent    the interval lies within 2 %, whether 1 is in it or not
 *   cannot-tell   1 is in it, and so is what is farther than 2 % away
 *   faster, slower  neither: a difference is declared
 *   no-interval   too few rounds for one
 *
 * Status 1: a file cannot be read, or has no positive numbers.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/compare.h"
#include "statistics/statistics.h"

#define ALPHA 0.05
#define MATTERS 0.02
#define ROUNDS_MOST 4096

struct rounds {
	size_t index[ROUNDS_MOST];
	double p50[ROUNDS_MOST];
	size_t count;
};

/* 0 or -errno; -EINVAL: not two numbers a line. */
static int read_rounds(const char *path, struct rounds *ret)
{
	FILE *file = fopen(path, "re");
	int matched = 2;

	if (!file)
		return -errno;
	for (ret->count = 0; ret->count < ROUNDS_MOST && matched == 2; ret->count += matched == 2)
		matched = fscanf(file, "%zu %lf", &ret->index[ret->count], &ret->p50[ret->count]);
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

/* Of two runs: their rounds have nothing to do with each other. */
static int compare_runs(const struct rounds *a, const struct rounds *b, struct interval *ret_ratio)
{
	double tau_a = serial_tau(a), tau_b = serial_tau(b);

	return compare_ratio(a->p50, a->count, b->p50, b->count, ALPHA,
			     tau_a > tau_b ? tau_a : tau_b, ret_ratio);
}

/* Both files are in the order of their rounds; what one of them lacks is no pair. */
static struct interval compare_cells(const struct rounds *a, const struct rounds *b)
{
	static double left[ROUNDS_MOST], right[ROUNDS_MOST];
	size_t count = 0;

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		if (a->index[i] == b->index[j]) {
			left[count] = a->p50[i++];
			right[count++] = b->p50[j++];
		} else if (a->index[i] < b->index[j]) {
			i++;
		} else {
			j++;
		}
	}
	return compare_paired_ratio(right, left, count, ALPHA);
}

int main(int argc, char **argv)
{
	static struct rounds rounds[2];
	bool is_paired = argc == 4 && !strcmp(argv[1], "--paired");
	int error = argc == 3 || is_paired ? 0 : -EINVAL;
	struct interval ratio;

	for (int i = 0; i < 2 && !error; i++)
		error = read_rounds(argv[argc - 2 + i], &rounds[i]);
	if (!error && is_paired)
		ratio = compare_cells(&rounds[0], &rounds[1]);
	else if (!error)
		error = compare_runs(&rounds[0], &rounds[1], &ratio);
	if (error) {
		fprintf(stderr, "same: %s (usage: same [--paired] FILE_A FILE_B)\n", strerror(-error));
		return EXIT_FAILURE;
	}
	printf("%.4f %.4f %.4f %s\n", ratio.mid, ratio.lo, ratio.hi, word_for(&ratio));
	return EXIT_SUCCESS;
}
