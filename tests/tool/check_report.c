/* SPDX-License-Identifier: MIT */
/* What goes to standard error, by what kind of terminal that is. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/tool.h"
#include "tool/report.h"
#include "../kit/suite.h"

static const struct tool tool = { .name = "a-tool" };

static const struct {
	const char *term;              /* NULL: unset */
	bool is_quiet, has_progress;
} terminals[] = {
	{ "xterm-256color", false, true }, { "linux", false, true }, { "screen", false, true },
	{ "xterm-256color", true, false }, { "dumb", false, false }, { "", false, false },
	{ NULL, false, false },
};

/* Standard error is a terminal from here on; returns its other end. */
static int become_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	if (master == -1 || grantpt(master) || unlockpt(master))
		return -1;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(slave, 0);
	ck_assert_int_eq(dup2(slave, STDERR_FILENO), STDERR_FILENO);
	return master;
}

/* Until the error, which comes last. */
static void read_all(int terminal, char *ret, size_t size)
{
	size_t used = 0;

	do {
		ssize_t got = read(terminal, ret + used, size - 1 - used);

		ck_assert_int_gt(got, 0);
		used += (size_t)got;
		ret[used] = '\0';
	} while (!strstr(ret, "the end"));
}

START_TEST(progress_is_for_terminals_that_take_a_line_back)
{
	const struct options options = { .tool = &tool, .is_quiet = terminals[_i].is_quiet };
	const struct progress progress = { .cells = 3 };
	struct report report;
	char text[256];
	int terminal = become_terminal();

	if (terminal == -1)
		return;
	if (terminals[_i].term)
		setenv("TERM", terminals[_i].term, 1);
	else
		unsetenv("TERM");
	report_init(&report, &options);
	report_progress(&report, &progress);
	report_error(&report, "the end");
	read_all(terminal, text, sizeof(text));
	ck_assert_int_eq(strstr(text, "round 1, cell 1 of 3") != NULL, terminals[_i].has_progress);
	ck_assert_int_eq(strchr(text, '\033') != NULL, terminals[_i].has_progress);
	ck_assert_ptr_nonnull(strstr(text, "a-tool: the end"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("report");

	tcase_add_loop_test(tcase, progress_is_for_terminals_that_take_a_line_back, 0,
			    sizeof(terminals) / sizeof(terminals[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
