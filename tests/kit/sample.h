/* SPDX-License-Identifier: MIT */
/*
 * sample.h - the part of a large family of test cases that make check runs.
 *
 * A family is a table: a row a mechanism, a column a way in which it is tried.  Of
 * each row every share-th case is run, another one in the next row, and others with
 * the next seed: share seeds in a row have run all of them.  The seed is today's
 * number, so that the days do it.  make check-long runs the whole family at once.
 *
 * HANDOFF_TEST_SEED: the seed, to run the sample of another day
 * HANDOFF_TEST_SHARE: one case of so many, for all families
 * HANDOFF_CHECK_LONG: if it is set, all of them
 */
#ifndef HANDOFF_TESTS_SAMPLE_H
#define HANDOFF_TESTS_SAMPLE_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLE_DAY_S (24 * 60 * 60)

static inline unsigned int sample_number(const char *variable, unsigned int usual)
{
	const char *text = getenv(variable);

	return text && *text ? (unsigned int)strtoul(text, NULL, 10) : usual;
}

/* Said once, so that a failure can be had again. */
static inline unsigned int sample_seed(void)
{
	static unsigned int seed;
	static bool is_told;

	if (!is_told) {
		seed = sample_number("HANDOFF_TEST_SEED", (unsigned int)(time(NULL) / SAMPLE_DAY_S));
		printf("a sample: HANDOFF_TEST_SEED=%u; make check-long runs all cases\n", seed);
		fflush(stdout);
		is_told = true;
	}
	return seed;
}

/* Families differ in what they run on one day. */
static inline unsigned int sample_family_seed(void)
{
	static unsigned int family;

	return sample_seed() + family++;
}

/* 1: all of the cases */
static inline unsigned int sample_share(unsigned int usual)
{
	unsigned int share = sample_number("HANDOFF_TEST_SHARE", usual);

	return share && !getenv("HANDOFF_CHECK_LONG") ? share : 1;
}

/* Of each row and of each column one of so many, on another diagonal with each seed. */
static inline bool sample_has(int i, int columns, unsigned int share, unsigned int seed)
{
	return ((unsigned int)(i / columns + i % columns) + seed) % share == 0;
}

/*
 * Cases 0 to count - 1 of a family, or one of each share of them; one at least.
 * columns: as many cases in a row belong to one mechanism.
 */
static inline void sample_add(TCase *tcase, const TTest *test, int count, int columns,
			      unsigned int usual_share)
{
	unsigned int share = sample_share(usual_share), seed;
	bool is_empty = true;

	if (share == 1) {
		tcase_add_loop_test(tcase, test, 0, count);
		return;
	}
	seed = sample_family_seed();
	for (int i = 0; i < count; i++) {
		if (!sample_has(i, columns, share, seed))
			continue;
		tcase_add_loop_test(tcase, test, i, i + 1);
		is_empty = false;
	}
	if (is_empty && count) {
		int one = (int)(seed % (unsigned int)count);

		tcase_add_loop_test(tcase, test, one, one + 1);
	}
}

#endif
