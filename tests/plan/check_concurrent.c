/* SPDX-License-Identifier: MIT */
/* check_concurrent - which cells are measured at the same time, and in how many turns */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/concurrent.h"
#include "statistics/shuffle.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CELLS_MAX 4096

static struct mechanism mechanism = { .name = "fork" }, file = { .name = "file" };

static bool is_apart(const struct cell *cell)
{
	return cell->mechanism != &file;
}

static const struct tool plain = { .name = "plain" };
static const struct tool with_files = { .name = "with-files", .is_apart = is_apart };

static struct options options;
static struct cell cells[CELLS_MAX];
static struct plan plan;
static struct concurrent_line line;

static void set_up(void)
{
	memset(cells, 0, sizeof(cells));
	options = (struct options){ .tool = &plain, .has_matrix = true, .has_concurrent = true };
	plan = (struct plan){ .options = &options, .cells = cells };
	line = (struct concurrent_line){ .cells = NULL };
}

static void tear_down(void)
{
	concurrent_line_done(&line);
	concurrent_line_done(&line);
}

static struct cell *add_cell(int core_a, int core_b)
{
	struct cell *cell = &cells[plan.count];

	ck_assert_uint_lt(plan.count, CELLS_MAX);
	*cell = (struct cell){ .mechanism = &mechanism,
			       .seat = { .cpus = { core_a, core_b }, .cores = { core_a, core_b } } };
	plan.count++;
	return cell;
}

/* Every ordered pair of cores. */
static void add_matrix(int cores)
{
	for (int a = 0; a < cores; a++)
		for (int b = 0; b < cores; b++)
			add_cell(a, b);
}

static void line_up(void)
{
	concurrent_line_done(&line);
	ck_assert_int_eq(concurrent_line_init(&line, &plan), 0);
	for (line.end = 0; line.end < plan.count; line.end++)
		line.cells[line.end] = line.end;
}

/* The turns of a line as "0 3|1|2": indices, in their order. */
static void write_turns(char *ret)
{
	size_t taken[CONCURRENT_MOST], count;

	line_up();
	*ret = '\0';
	while ((count = concurrent_take(&plan, &line, taken)) > 0) {
		if (*ret)
			strcat(ret, "|");
		for (size_t i = 0; i < count; i++)
			sprintf(ret + strlen(ret), i ? " %zu" : "%zu", taken[i]);
	}
}

static const struct {
	int cores[6][2];
	size_t count;
	const char *turns;
} lines[] = {
	{ { { 0, 1 } }, 1, "0" },
	{ { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }, 4, "0 3|1|2" },
	{ { { 0, 1 }, { 2, 3 }, { 4, 5 } }, 3, "0 1 2" },
	{ { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 0 } }, 4, "0 2|1 3" },
	/* the first is never passed over, those behind it keep their order */
	{ { { 0, 1 }, { 0, 2 }, { 1, 2 }, { 0, 3 }, { 4, 4 }, { 2, 3 } }, 6, "0 4 5|1|2 3" },
	/* wherever the kernel likes, or a core that is not known: alone */
	{ { { -1, -1 }, { 0, 0 }, { 1, -1 }, { 1, 1 } }, 4, "0|1 3|2" },
};

START_TEST(turns_of_a_line)
{
	char turns[200];

	for (size_t i = 0; i < lines[_i].count; i++)
		add_cell(lines[_i].cores[i][0], lines[_i].cores[i][1]);
	write_turns(turns);
	ck_assert_str_eq(turns, lines[_i].turns);
}
END_TEST

/* Hardware threads of a core are not apart. */
START_TEST(siblings_are_not_concurrent)
{
	char turns[20];

	add_cell(0, 0);
	add_cell(0, 0)->seat.cpus[0] = 8;
	add_cell(1, 1);
	write_turns(turns);
	ck_assert_str_eq(turns, "0 2|1");
}
END_TEST

START_TEST(nobody_has_other_pairs_unasked)
{
	char turns[20];

	options.has_concurrent = false;
	add_matrix(2);
	write_turns(turns);
	ck_assert_str_eq(turns, "0|1|2|3");
	ck_assert_uint_eq(concurrent_turns_most(&plan), 4);
}
END_TEST

START_TEST(who_shares_a_file_is_alone)
{
	char turns[20];

	options.tool = &with_files;
	for (int core = 0; core < 4; core++)
		add_cell(core, core);
	cells[0].mechanism = cells[2].mechanism = &file;
	write_turns(turns);
	ck_assert_str_eq(turns, "0|1 3|2");
	ck_assert_uint_eq(concurrent_turns_most(&plan), 3);
}
END_TEST

static double extra_seconds(const struct cell *cell)
{
	return cell->mechanism == &file ? 0.6 : 0.4;
}

/* What takes much memory or many tasks takes long, and what all have to share. */
START_TEST(who_takes_much_is_alone)
{
	static const struct tool slow = { .name = "slow", .extra_seconds = extra_seconds };
	char turns[20];

	options.tool = &slow;
	for (int core = 0; core < 3; core++)
		add_cell(core, core);
	cells[1].mechanism = &file;
	write_turns(turns);
	ck_assert_str_eq(turns, "0 2|1");
}
END_TEST

/* No more than can be run, and those left over later. */
START_TEST(concurrent_cells_have_a_limit)
{
	size_t taken[CONCURRENT_MOST];

	for (int core = 0; core < CONCURRENT_MOST + 3; core++)
		add_cell(core, core);
	line_up();
	ck_assert_uint_eq(concurrent_take(&plan, &line, taken), CONCURRENT_MOST);
	ck_assert_uint_eq(concurrent_take(&plan, &line, taken), 3);
	ck_assert_uint_eq(concurrent_take(&plan, &line, taken), 0);
	ck_assert_uint_eq(taken[0], CONCURRENT_MOST);
	ck_assert_uint_ge(concurrent_turns_most(&plan), 2);
}
END_TEST

static bool share_a_core(const struct seat *a, const struct seat *b)
{
	for (int i = 0; i < 4; i++)
		if (a->cores[i / 2] == b->cores[i % 2])
			return true;
	return false;
}

/* All of a turn are apart, and none is told twice. */
static void check_turn(const size_t *taken, size_t count, bool *told)
{
	for (size_t i = 0; i < count; i++) {
		ck_assert(!told[taken[i]]);
		told[taken[i]] = true;
		for (size_t j = 0; j < i; j++)
			ck_assert(!share_a_core(&cells[taken[i]].seat, &cells[taken[j]].seat));
	}
}

static const int machines[] = { 1, 2, 3, 4, 7, 16, 40, 64 };

/* In whatever order: each once, with none on its cores, in no more turns than are forecast. */
START_TEST(matrix_in_any_order)
{
	uint64_t state = 7;
	size_t taken[CONCURRENT_MOST], turns_most;

	add_matrix(machines[_i]);
	turns_most = concurrent_turns_most(&plan);
	ck_assert_uint_le(turns_most, plan.count);
	for (int shuffle = 0; shuffle < 5; shuffle++) {
		bool told[CELLS_MAX] = { false };
		size_t cell_count = 0, turns = 0, count;

		line_up();
		shuffle_indices(&state, line.cells, plan.count);
		for (; (count = concurrent_take(&plan, &line, taken)) > 0; turns++) {
			check_turn(taken, count, told);
			cell_count += count;
		}
		ck_assert_uint_eq(cell_count, plan.count);
		ck_assert_uint_le(turns, turns_most);
		ck_assert_uint_ge(turns, 2 * (size_t)machines[_i] - 1);
	}
}
END_TEST

/* 40 cores: 1600 pairs in a tenth of as many turns. */
START_TEST(forecast_of_turns)
{
	add_matrix(40);
	ck_assert_uint_eq(concurrent_turns_most(&plan), 2 * 79 - 1 + 1600 / CONCURRENT_MOST);
	for (size_t i = 0; i < plan.count; i++)
		cells[i].skip = "not here";
	ck_assert_uint_eq(concurrent_turns_most(&plan), 0);
}
END_TEST

static Suite *concurrent_suite(void)
{
	Suite *suite = suite_create("concurrent");
	TCase *tcase = tcase_create("concurrent");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, turns_of_a_line, 0, (int)COUNT_OF(lines));
	tcase_add_test(tcase, siblings_are_not_concurrent);
	tcase_add_test(tcase, nobody_has_other_pairs_unasked);
	tcase_add_test(tcase, who_shares_a_file_is_alone);
	tcase_add_test(tcase, who_takes_much_is_alone);
	tcase_add_test(tcase, concurrent_cells_have_a_limit);
	tcase_add_loop_test(tcase, matrix_in_any_order, 0, (int)COUNT_OF(machines));
	tcase_add_test(tcase, forecast_of_turns);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(concurrent_suite());
}
