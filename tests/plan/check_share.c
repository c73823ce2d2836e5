/* SPDX-License-Identifier: MIT */
/* check_share - which cells share a preparation, and which of them the budget holds */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plan/share.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CELLS_MAX 8
#define GIB 1073741824.0

enum { SIZE, KIND };

static const struct parameter parameters[] = {
	[SIZE] = { .name = "rss", .type = PARAMETER_SIZE, .is_prepared = true },
	[KIND] = { .name = "exec", .type = PARAMETER_WORD },
	{ .name = NULL },
};

static bool shares(const struct cell *a, const struct cell *b)
{
	return a->values[SIZE].number && a->values[SIZE].number == b->values[SIZE].number;
}

/* A GiB takes 2 s to prepare; "dear" 2 s a GiB and round, anything else 0.5 s. */
static struct cell_cost cost(const struct cell *cell, const struct page_cost *page)
{
	double gib = (double)cell->values[SIZE].number / GIB;

	return (struct cell_cost){
		.prepare_s = gib * page->prepare_ns,
		.round_s = gib * (strcmp(cell->mechanism->name, "dear") ? 0.5 : 2),
		.memory_bytes = gib * GIB,
	};
}

static const struct tool tool = { .name = "fake-cost", .parameters = parameters,
				  .shares = shares, .cost = cost };
static const struct mechanism dear = { .name = "dear" }, cheap = { .name = "cheap" };
static const struct page_cost page = { .prepare_ns = 2, .available_bytes = 20 * GIB };

struct bench {
	struct options options;
	struct plan plan;
	struct cell cells[CELLS_MAX];
};

static struct bench bench;

static void set_up(void)
{
	memset(&bench, 0, sizeof(bench));
	bench.options = (struct options){ .tool = &tool, .budget_ns = 60e9, .has_budget = true };
	bench.plan.options = &bench.options;
	bench.plan.cells = bench.cells;
	bench.plan.varies[SIZE] = true;
}

static void tear_down(void)
{
	bench.plan.cells = NULL;
	plan_free(&bench.plan);
}

static struct cell *add(const struct mechanism *mechanism, const char *placement, double gib)
{
	struct cell *cell = &bench.cells[bench.plan.count++];

	cell->mechanism = mechanism;
	strcpy(cell->seat.name, placement);
	cell->values[SIZE] = (struct value){ .number = (uint64_t)(gib * GIB), .applies = true };
	return cell;
}

/* Of one size and one seat; without a size, or skipped, a cell shares nothing. */
START_TEST(who_shares)
{
	static const size_t expected[] = { 1, 0, 1, 2, 3, 0 };

	add(&dear, "same-cpu", 1);
	add(&dear, "same-cpu", 0);
	add(&cheap, "same-cpu", 1);
	add(&cheap, "same-cpu", 2);
	add(&dear, "float", 1);
	add(&cheap, "float", 1)->skip = "not here";
	plan_make_shares(&bench.plan);
	ck_assert_uint_eq(bench.plan.share_count, 3);
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		ck_assert_uint_eq(bench.cells[i].share, expected[i]);
}
END_TEST

START_TEST(nobody_shares)
{
	struct tool none = tool;

	none.shares = NULL;
	bench.options.tool = &none;
	add(&dear, "same-cpu", 1);
	plan_make_shares(&bench.plan);
	ck_assert_uint_eq(bench.plan.share_count + bench.cells[0].share, 0);
}
END_TEST

/* What is told beforehand, and costs that a run begins with. */
START_TEST(what_it_takes)
{
	add(&dear, "same-cpu", 1);
	add(&cheap, "same-cpu", 1);
	add(&cheap, "same-cpu", 4);
	plan_make_shares(&bench.plan);
	ck_assert_int_eq(plan_fit_budget(&bench.plan, &page), 0);
	ck_assert_uint_eq(bench.plan.note_count, 2);
	ck_assert_str_eq(bench.plan.notes[0], "rss=1 GiB, same-cpu: about 2 s to prepare, 2.5 s a "
			 "round; 6 rounds take 17 s to 27 s");
	ck_assert_str_eq(bench.plan.notes[1], "rss=4 GiB, same-cpu: about 8 s to prepare, 2 s a "
			 "round; 6 rounds take 20 s to 60 s");
	ck_assert_double_eq(bench.plan.share_costs[1].prepare_s, 2);
	ck_assert_double_eq(bench.plan.share_costs[1].round_s, 2.5);
	ck_assert_double_eq(bench.plan.share_costs[2].memory_bytes, 4 * GIB);
}
END_TEST

/*
 * The least is 2 + 12 + 3 for 1 GiB and 8 + 48 + 12 for 4: 85 s.  Costs are known by a
 * factor of two, so that half of it is what a budget must have.
 */
static const struct {
	double budget_s;
	bool has_budget;
	size_t rounds;
	bool is_in[4];                 /* dear 1, cheap 1, dear 4, cheap 4 */
} budgets[] = {
	{ 43, true, 0, { true, true, true, true } },
	{ 42, true, 0, { true, true, false, true } },
	{ 18, true, 0, { true, true, false, false } },
	{ 5, true, 0, { false, true, false, false } },
	{ 1, true, 0, { false, false, false, false } },
	{ 22, false, 0, { true, true, true, true } },      /* stretched */
	{ 1, true, 6, { true, true, true, true } },        /* rounds are counted, not seconds */
};

START_TEST(what_fits)
{
	struct cell *cells[4];
	int refused = 0;

	bench.options.budget_ns = 1e9 * budgets[_i].budget_s;
	bench.options.has_budget = budgets[_i].has_budget;
	bench.options.rounds = budgets[_i].rounds;
	cells[0] = add(&dear, "same-cpu", 1);
	cells[1] = add(&cheap, "same-cpu", 1);
	cells[2] = add(&dear, "same-cpu", 4);
	cells[3] = add(&cheap, "same-cpu", 4);
	plan_make_shares(&bench.plan);
	for (size_t i = 0; i < 4; i++)
		refused += !budgets[_i].is_in[i];
	ck_assert_int_eq(plan_fit_budget(&bench.plan, &page), refused);
	for (size_t i = 0; i < 4; i++)
		ck_assert_msg(!cells[i]->skip == budgets[_i].is_in[i] &&
			      cells[i]->is_beyond_budget != budgets[_i].is_in[i], "cell %zu", i);
	if (!budgets[_i].is_in[2])
		ck_assert_str_eq(cells[2]->skip, "6 rounds of all that was asked for take about 85 s, "
				 "and --time leaves too few for rss=4 GiB, same-cpu: give --time=102s, "
				 "or name fewer mechanisms or sizes");
}
END_TEST

/* What is larger than memory takes no time from what is not. */
START_TEST(too_large)
{
	struct cell *large = add(&dear, "same-cpu", 100), *small = add(&dear, "same-cpu", 1);

	plan_make_shares(&bench.plan);
	ck_assert_int_eq(plan_fit_budget(&bench.plan, &page), 1);
	ck_assert(!small->skip);
	ck_assert_str_eq(large->skip, "it asks for 100 GiB, and 20 GiB of memory are available here: "
			 "a run takes at most 80 % of that");
	ck_assert_uint_eq(bench.plan.note_count, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share");
	TCase *tcase = tcase_create("share");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, who_shares);
	tcase_add_test(tcase, nobody_shares);
	tcase_add_test(tcase, what_it_takes);
	tcase_add_loop_test(tcase, what_fits, 0, (int)COUNT_OF(budgets));
	tcase_add_test(tcase, too_large);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
