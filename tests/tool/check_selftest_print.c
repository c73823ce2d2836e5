/* SPDX-License-Identifier: MIT */
/* check_selftest_print - the checks of a selftest as CSV */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/selftest-print.h"
#include "../kit/suite.h"

/* One of each outcome, with what has to be quoted; the rest hold and have no name. */
static const char expected[] =
	"check,expected,found,ok\n"
	"steady,10 ns,11 ns,true\n"
	"ramp,\"0, or less\",\"5 \"\"up\"\"\",false\n"
	"sleep,,no clock,\n";

static void set(struct selftest_answer *answer, const char *check, const char *wanted,
		const char *found, enum selftest_outcome outcome)
{
	answer->check = check;
	answer->outcome = outcome;
	snprintf(answer->verdict.expected, sizeof(answer->verdict.expected), "%s", wanted);
	snprintf(answer->verdict.found, sizeof(answer->verdict.found), "%s", found);
}

START_TEST(csv)
{
	struct selftest_outline outline = { .status = 1 };
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	for (size_t i = 0; i < SELFTEST_CHECKS; i++)
		set(&outline.answers[i], "", "", "", SELFTEST_HOLDS);
	set(&outline.answers[0], "steady", "10 ns", "11 ns", SELFTEST_HOLDS);
	set(&outline.answers[1], "ramp", "0, or less", "5 \"up\"", SELFTEST_FAILS);
	set(&outline.answers[2], "sleep", "", "no clock", SELFTEST_NOT_CHECKED);
	ck_assert_int_eq(selftest_print(&outline, FORMAT_CSV, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_int_eq(strncmp(text, expected, sizeof(expected) - 1), 0);
	ck_assert_ptr_null(strchr(text, '\r'));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("selftest_print");
	TCase *tcase = tcase_create("formats");

	tcase_add_test(tcase, csv);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
