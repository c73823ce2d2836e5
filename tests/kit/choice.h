/* SPDX-License-Identifier: MIT */
/*
 * choice - which mechanism a contract suite is for, and the suite's main.
 *
 * HANDOFF_ONLY: the one that somebody is working on, of which all cases are run; if it
 * is not set, the suite is for all mechanisms, and large families run a sample.  A name
 * that the suite does not know is a failure: nothing would have been tested.
 */
#ifndef HANDOFF_TESTS_CHOICE_H
#define HANDOFF_TESTS_CHOICE_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "sample.h"
#include "suite.h"

#define SUITE_SKIPPED 77           /* as automake has it */
#define SHARE_ALL 0u               /* for a family of which all cases are run every day */

/* The mechanisms of a suite, and for each a test case, by whose name a failure is its. */
struct choice {
	const char *(*name_of)(int row);
	int rows, chosen;          /* chosen: rows of families that the choice let through */
	TCase **cases;
	char **names;              /* of all test cases: libcheck keeps no copies */
	size_t name_count;
};

static inline const char *choice_only(void)
{
	const char *only = getenv("HANDOFF_ONLY");

	return only && *only ? only : NULL;
}

static inline bool choice_has(const struct choice *choice, int row)
{
	return !choice_only() || !strcmp(choice_only(), choice->name_of(row));
}

/* Kept until choice_run() ends; NULL: no memory. */
static inline const char *choice_keep(struct choice *choice, const char *name)
{
	char **names = reallocarray(choice->names, choice->name_count + 1, sizeof(*names));

	if (!names)
		return NULL;
	choice->names = names;
	return names[choice->name_count++] = strdup(name);
}

static inline void choice_done(struct choice *choice)
{
	free(choice->cases);
	for (size_t i = 0; i < choice->name_count; i++)
		free(choice->names[i]);
	free(choice->names);
}

/* Test cases for the families that follow: "NAME of MECHANISM".  setup: NULL, or before each. */
static inline void choice_begin(struct choice *choice, Suite *suite, const char *name,
				void (*setup)(void), double timeout_s)
{
	char full[96];

	free(choice->cases);
	choice->cases = calloc((size_t)choice->rows, sizeof(TCase *));
	for (int row = 0; choice->cases && row < choice->rows; row++) {
		snprintf(full, sizeof(full), "%s of %s", name, choice->name_of(row));
		choice->cases[row] = tcase_create(choice_keep(choice, full));
		tcase_add_checked_fixture(choice->cases[row], setup, NULL);
		tcase_set_timeout(choice->cases[row], timeout_s);
		suite_add_tcase(suite, choice->cases[row]);
	}
}

static inline void choice_add_one(struct choice *choice, const TTest *test, int columns, int i)
{
	if (!choice_has(choice, i / columns))
		return;
	tcase_add_loop_test(choice->cases[i / columns], test, i, i + 1);
	choice->chosen++;
}

/* A family of so many cases (columns) a mechanism: case i is of row i / columns. */
static inline void choice_add(struct choice *choice, const TTest *test, int columns,
			      unsigned int usual_share)
{
	bool is_whole = choice_only() || usual_share == SHARE_ALL;
	unsigned int share = is_whole ? 1 : sample_share(usual_share);
	unsigned int seed = share > 1 ? sample_family_seed() : 0;
	int count = choice->rows * columns, before = choice->chosen;

	for (int i = 0; i < count; i++)
		if (sample_has(i, columns, share, seed))
			choice_add_one(choice, test, columns, i);
	if (share > 1 && choice->chosen == before)
		choice_add_one(choice, test, columns, (int)(seed % (unsigned int)count));
}

/* The families that add() adds, and once more as nobody; with sanitizers once is enough. */
static inline void choice_add_twice(struct choice *choice, Suite *suite, const char *name,
				    void (*add)(void), double timeout_s)
{
	char as_nobody[64];

	choice_begin(choice, suite, name, begin_test, timeout_s);
	add();
	if (geteuid() || IS_SANITIZED)
		return;
	snprintf(as_nobody, sizeof(as_nobody), "%s, as nobody,", name);
	choice_begin(choice, suite, as_nobody, begin_test_as_nobody, timeout_s);
	add();
}

/* For main() to return, where nothing of a suite can be run. */
static inline int choice_skip(const char *reason)
{
	printf("skip - %s\n", reason);
	return SUITE_SKIPPED;
}

/* As suite_run(). */
static inline int choice_run(struct choice *choice, Suite *suite)
{
	int status = suite_run(suite);

	choice_done(choice);
	if (!choice_only() || choice->chosen)
		return status;
	printf("HANDOFF_ONLY=%s: this suite has no such mechanism\n", choice_only());
	return EXIT_FAILURE;
}

#endif
