/* SPDX-License-Identifier: MIT */
/* suite - the main of a program of unit tests. */
#ifndef HANDOFF_TESTS_SUITE_H
#define HANDOFF_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs it as the environment says (CK_VERBOSITY ...), and gives it back; for main() to return. */
static inline int suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
