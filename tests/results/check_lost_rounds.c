/* SPDX-License-Identifier: MIT */
/* check_lost_rounds - which rounds of a cell were hit, by how much, and by whom */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "results/lost-rounds.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MS 1e6
#define ROUNDS 12
#define WINDOW 10.0              /* ms */
#define EVERY (ROUNDS + 1)       /* all rounds are like the odd one */

/* A sort of round, ms; -1: not known. */
struct sort {
	double window, cpu, delay, involuntary, steal, stopped, stops;
};

/* The seat: how many CPUs, whether they are never idle, whether all tasks are looked at. */
struct seat {
	unsigned int cpus;
	bool is_busy, is_whole, is_crowded;
};

static const struct seat shared = { 1, true, true, false };      /* two tasks on one CPU */
static const struct seat apart = { 2, false, true, false };      /* one task a CPU */
static const struct seat makers = { 1, false, false, false };    /* tasks that are made and end */
static const struct seat anywhere = { 0, false, true, false };
static const struct seat tasks = { 1, false, true, true };        /* many that also sleep */

static const struct {
	const struct seat *seat;
	struct sort usual, odd;        /* a fifth of the rounds is odd */
	size_t odd_count;
	bool is_hit;
	double waited, stopped, steal, involuntary;    /* of each odd one, ms */
} all[] = {
	/* quiet: each waits while the other runs */
	{ &shared, { 10, 10, 5, 900, -1, 0, 0 }, { 10, 9.99, 5.2, 905, -1, 0, 0 }, 2, false, 0, 0, 0, 0 },
	/* a hog on their CPU, in a few rounds, in most, in all of them */
	{ &shared, { 10, 10, 5, 0, -1, 0, 0 }, { 18, 10, 13, 7, -1, 0, 0 }, 2, true, 8, 0, 0, 7 },
	{ &shared, { 10, 10, 5, 0, -1, 0, 0 }, { 18, 10, 13, 7, -1, 0, 0 }, 8, true, 8, 0, 0, 7 },
	{ &shared, { 10, 10, 5, 0, -1, 0, 0 }, { 20, 10, 15, 7, -1, 0, 0 }, EVERY, true, 8, 0, 0, 0 },
	/* a burst that is too short to tell */
	{ &shared, { 10, 10, 5, 0, -1, 0, 0 }, { 10.15, 10, 5.2, 1, -1, 0, 0 }, 2, false, 0, 0, 0, 0 },
	/* frozen: nobody had the CPU instead */
	{ &shared, { 10, 10, 5, 0, -1, 0, 0 }, { 310, 10, 5, 0, -1, 0, 0 }, 1, true, 5, 295, 0, 0 },
	/* stopped, and seen to be; however short it was */
	{ &shared, { 10, 10, 5, 0, -1, 0, 0 }, { 2010, 10, 5, 0, -1, 2000, 1 }, 1, true, 0, 2000, 0, 0 },
	{ &apart, { 10, 8, 4, 0, -1, 0, 0 }, { 10, 8, 4, 0, -1, 0, 1 }, 1, true, 0, 0, 0, 0 },
	{ &apart, { 10, 8, 4, 0, -1, 0, 0 }, { 2010, 8, 4, 0, -1, 2000, 1 }, 1, true, 0, 2000, 0, 0 },
	/* a thread of the kernel's has its part of the work in each round */
	{ &shared, { 10, 9.2, 5, 0, -1, 0, 0 }, { 10, 9.2, 5, 0, -1, 0, 0 }, EVERY, false, 0, 0, 0, 0 },
	/* wake-ups take a while, more or less of it; one waits for a slice of another task */
	{ &apart, { 10, 8, 3, 0, -1, 0, 0 }, { 10, 8, 3.3, 0, -1, 0, 0 }, 2, false, 0, 0, 0, 0 },
	{ &apart, { 10, 8, 3, 0, -1, 0, 0 }, { 16, 8, 9, 3, -1, 0, 0 }, 2, true, 4.2, 0, 0, 3 },
	{ &anywhere, { 10, 8, 0, 0, -1, 0, 0 }, { 16, 8, 6, 0, -1, 0, 0 }, 2, true, 6, 0, 0, 0 },
	/* tasks that end: the kernel tells their CPU time */
	{ &makers, { 10, 9.7, 0, 0, -1, 0, 0 }, { 10, 9.65, 0, 0, -1, 0, 0 }, 2, false, 0, 0, 0, 0 },
	{ &makers, { 10, 9.7, 0, 0, -1, 0, 0 }, { 20, 9.7, 1, 4, -1, 0, 0 }, 3, true, 9.7, 0, 0, 4 },
	/* a tasks: they wait for each other while the CPU is theirs, and for a device */
	{ &tasks, { 10, 9.9, 200, 0, -1, 0, 0 }, { 10, 9.8, 260, 9, -1, 0, 0 }, 2, false, 0, 0, 0, 0 },
	{ &tasks, { 10, 2, 0.3, 0, -1, 0, 0 }, { 14, 2, 0.4, 0, -1, 0, 0 }, 2, false, 0, 0, 0, 0 },
	{ &tasks, { 10, 9.9, 200, 0, -1, 0, 0 }, { 20, 9.9, 400, 9, -1, 0, 0 }, 2, true, 9.9, 0, 0, 9 },
	/* steal: one step may be of long before */
	{ &apart, { 10, 8, 4, 0, 0, 0, 0 }, { 10, 8, 4, 0, 10, 0, 0 }, 2, false, 0, 0, 0, 0 },
	{ &apart, { 10, 8, 4, 0, 0, 0, 0 }, { 60, 8, 4, 0, 50, 0, 0 }, 2, true, 0, 0, 40, 0 },
	/* nothing is known, but a stop is seen */
	{ &apart, { 10, -1, -1, -1, -1, 0, 0 }, { 2010, -1, -1, -1, -1, 2000, 1 }, 1, true, 0, 2000, 0, 0 },
};

static struct lost_time time_of(const struct seat *seat, const struct sort *sort)
{
	struct lost_time lost;

	lost_time_init(&lost);
	lost.begin_ns = 1000;
	lost.end_ns = 1000 + (uint64_t)(sort->window * MS);
	lost.cpu_ns = sort->cpu < 0 ? -1 : sort->cpu * MS;
	lost.run_delay_ns = sort->delay < 0 ? -1 : sort->delay * MS;
	lost.involuntary = sort->involuntary;
	lost.steal_ns = sort->steal < 0 ? -1 : sort->steal * MS;
	lost.stopped_ns = sort->stopped * MS;
	lost.stops = sort->stops;
	lost.cpus = seat->cpus;
	lost.is_busy = seat->is_busy;
	lost.is_whole = seat->is_whole;
	lost.is_crowded = seat->is_crowded;
	return lost;
}

/* To the kernel's step of steal, where it is one. */
static void about(double expected_ms, double found_ns)
{
	ck_assert_msg(fabs(expected_ms - found_ns / MS) < 0.011, "expected %g ms, found %g ms",
		      expected_ms, found_ns / MS);
}

START_TEST(rounds_that_were_hit)
{
	size_t odd = all[_i].odd_count;
	struct lost_time rounds[ROUNDS] = { { .begin_ns = 0 } };
	struct lost_round verdicts[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++)
		rounds[i] = time_of(all[_i].seat, i < odd ? &all[_i].odd : &all[_i].usual);
	ck_assert_int_eq(lost_rounds_judge(rounds, ROUNDS, verdicts), 0);
	for (size_t i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(verdicts[i].is_hit, i < odd && all[_i].is_hit);
		if (!verdicts[i].is_hit)
			continue;
		about(all[_i].waited, verdicts[i].waited_ns);
		about(all[_i].stopped, verdicts[i].stopped_ns);
		about(all[_i].steal, verdicts[i].steal_ns);
		about(all[_i].waited + all[_i].stopped + all[_i].steal, verdicts[i].lost_ns);
		ck_assert_double_eq(verdicts[i].involuntary, all[_i].involuntary);
		ck_assert_double_eq(verdicts[i].stops, rounds[i].stops);
	}
}
END_TEST

/* What is not known is not 0: of a kernel that does not count, and of too few rounds. */
static const struct { const struct seat *seat; struct sort sort; size_t count; } unknown[] = {
	{ &apart, { 10, 8, -1, 0, -1, 0, 0 }, ROUNDS }, { &shared, { 10, -1, -1, 0, -1, 0, 0 }, ROUNDS },
	{ &anywhere, { 10, 8, -1, -1, -1, -1, -1 }, ROUNDS }, { &apart, { 10, 8, 3, 0, -1, 0, 0 }, 3 },
};

START_TEST(not_known)
{
	struct lost_time rounds[ROUNDS] = { { .begin_ns = 0 } };
	struct lost_round verdicts[ROUNDS];

	for (size_t i = 0; i < unknown[_i].count; i++)
		rounds[i] = time_of(unknown[_i].seat, &unknown[_i].sort);
	ck_assert_int_eq(lost_rounds_judge(rounds, unknown[_i].count, verdicts), 0);
	for (size_t i = 0; i < unknown[_i].count; i++) {
		ck_assert(isnan(verdicts[i].lost_ns));
		ck_assert(!verdicts[i].is_hit);
	}
}
END_TEST

static Suite *lost_rounds_suite(void)
{
	Suite *suite = suite_create("lost-rounds");
	TCase *tcase = tcase_create("pure");

	tcase_add_loop_test(tcase, rounds_that_were_hit, 0, (int)COUNT_OF(all));
	tcase_add_loop_test(tcase, not_known, 0, (int)COUNT_OF(unknown));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(lost_rounds_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
