/* SPDX-License-Identifier: MIT */
/* The first lines of an answer, from what is known of a machine. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock-ladder.h"
#include "measure/mechanism.h"
#include "plan/tool.h"
#include "render/words.h"
#include "../kit/suite.h"

#define VERSION_WORD "fake-cost " PACKAGE_VERSION

static const struct tool tool = { .name = "fake-cost" };

static const struct {
	struct environment host;
	const char *line;
} heads[] = {
	{ { .hostname = "box", .kernel_release = "6.1.0", .cpu_model = "Z80", .hypervisor = "kvm",
	    .cpus = 4, .libc = "glibc 2.36" },
	  VERSION_WORD " on box: Linux 6.1.0, Z80, virtual machine: kvm, 4 CPUs, glibc 2.36\n" },
	{ { .hostname = "box", .kernel_release = "6.1.0", .cpu_model = "Z80", .cpus = 1,
	    .libc = "musl" }, VERSION_WORD " on box: Linux 6.1.0, Z80, 1 CPU, musl\n" },
	{ { .hostname = "box", .kernel_release = "6.1.0", .cpus = -1, .libc = "musl" },
	  VERSION_WORD " on box: Linux 6.1.0, musl\n" },
	{ { .cpus = -1, .libc = "musl" }, VERSION_WORD ": musl\n" },
	{ { .cpus = 2 }, VERSION_WORD ": 2 CPUs\n" },
	{ { .hostname = "box", .cpus = -1 }, VERSION_WORD " on box\n" },
	{ { .cpus = -1 }, VERSION_WORD "\n" },
};

static const struct {
	const char *hostname, *kernel, *line;
} others[] = {
	{ "far", "5.10.0", "to 10.0.0.2: far, Linux 5.10.0\n" },
	{ "far", "", "to 10.0.0.2: far\n" },
	{ "", "5.10.0", "to 10.0.0.2: Linux 5.10.0\n" },
	{ "", "", "to 10.0.0.2\n" },
};

static const struct options options = { .tool = &tool, .connect = "10.0.0.2" };
static const struct clock_ladder ladder = { .clock = { CLOCK_GETTIME, 1 } };

static char *head_of(const struct results *results)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	ck_assert_ptr_nonnull(stream);
	render_head(results, stream);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

START_TEST(unknown_facts_are_left_out)
{
	const struct results results = { .options = &options, .environment = &heads[_i].host,
					 .ladder = &ladder };
	char *text = head_of(&results);

	ck_assert_int_eq(strncmp(text, heads[_i].line, strlen(heads[_i].line)), 0);
	/* there is no other host */
	ck_assert_ptr_null(strstr(text, "to 10.0.0.2"));
	free(text);
}
END_TEST

START_TEST(so_are_those_of_the_other_host)
{
	struct results results = { .options = &options, .environment = &heads[0].host,
				   .ladder = &ladder, .remote = { .address = "10.0.0.2" } };
	char *text;

	strcpy(results.remote.hostname, others[_i].hostname);
	strcpy(results.remote.kernel, others[_i].kernel);
	text = head_of(&results);
	ck_assert_ptr_nonnull(strstr(text, others[_i].line));
	free(text);
}
END_TEST

/* What may be compared with another run: of a table with ratios, of a map, by which reference. */
static const struct {
	struct host_speed speed;
	bool has_ratio, has_matrix;
	const char *line;
} speeds[] = {
	{ { .ns = NAN }, false, false, "\nTimes are of this run\n\n" },
	{ { .ns = NAN }, true, false, "\nRatios hold from run to run; times are of this run\n\n" },
	{ { .ns = NAN }, true, true, "\nTimes are of this run\n\n" },
	{ { .ns = NAN, .rounds = 3, .missing = "the worker said nothing" }, false, false,
	  "\nTimes are of this run. No reference of the host's speed: the worker said nothing\n\n" },
	{ { .ns = 332499, .rounds = 3, .speeds = { .count = 1 } }, false, false,
	  "\nTimes are of this run, and of the host's speed in it: reference 332 us\n\n" },
	{ { .ns = 120000, .rounds = 3, .speeds = { .count = 1 }, .missing = "fork: raise it" }, true,
	  false, "\nRatios hold from run to run; times are of this run, and of the host's speed in "
	  "it: reference 120 us, without fork: raise it\n\n" },
	{ { .ns = 210000, .rounds = 40,
	    .speeds = { .count = 2, .reference = { 200000, 250000 }, .rounds = { 30, 10 } } }, false,
	  false, "\nTimes are of this run, and of the two speeds that the host had, fast / slow: reference 200 us "
	  "in 75 % of the rounds, 250 us in the others\n\n" },
};

START_TEST(what_may_be_compared)
{
	struct mechanism mechanism = { "bee", "flies", 0 };
	struct cell cell = { .mechanism = &mechanism };
	struct result result = { .cell = &cell, .ratio = 2, .baseline = "ant" };
	struct options own = options;
	struct results results = { .options = &own, .environment = &heads[0].host,
				   .ladder = &ladder, .results = &result,
				   .speed = speeds[_i].speed };
	char *text;

	own.has_matrix = speeds[_i].has_matrix;
	results.result_count = speeds[_i].has_ratio;
	text = head_of(&results);
	ck_assert_msg(strstr(text, speeds[_i].line), "%s", text);
	free(text);
	/* Of the baseline to itself there is no ratio. */
	result.baseline = "bee";
	text = head_of(&results);
	ck_assert_ptr_null(strstr(text, "Ratios"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("head");
	TCase *tcase = tcase_create("head");

	tcase_add_loop_test(tcase, what_may_be_compared, 0, sizeof(speeds) / sizeof(speeds[0]));
	tcase_add_loop_test(tcase, unknown_facts_are_left_out, 0, sizeof(heads) / sizeof(heads[0]));
	tcase_add_loop_test(tcase, so_are_those_of_the_other_host, 0,
			    sizeof(others) / sizeof(others[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
