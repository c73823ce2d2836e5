/* SPDX-License-Identifier: MIT */
/* check_steady - lib/statistics/steady on known numbers and synthetic ramps */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "statistics/steady.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RATES_MOST 64

/* rate i of a series */
static double flat(size_t i)
{
	(void)i;
	return 50000;
}

static double rises_for_ever(size_t i)
{
	return 1000 + 100 * (double)i;
}

static double falls_for_ever(size_t i)
{
	return 10000 - 100 * (double)i;
}

/* 1.3 times as fast at first, as devices were seen to be. */
static double falls_to_a_plateau(size_t i)
{
	return i < 20 ? 130 - 1.5 * (double)i : 100;
}

static double climbs_to_a_plateau(size_t i)
{
	return 100 * (1 - exp(-(double)i / 5));
}

/* By 10 % up and down: no trend in any of it. */
static double wobbles(size_t i)
{
	return i % 2 ? 110 : 90;
}

/* By just so much over a window of seven: seven steps of its slope. */
static double rises_by_3_percent(size_t i)
{
	return 100 + ((double)i - 17) * 0.0299 * 100 / 7;
}

static double rises_by_more(size_t i)
{
	return 100 + ((double)i - 17) * 0.0301 * 100 / 7;
}

static double falls_by_3_percent(size_t i)
{
	return 100 - ((double)i - 17) * 0.0299 * 100 / 7;
}

static double falls_by_more(size_t i)
{
	return 100 - ((double)i - 17) * 0.0301 * 100 / 7;
}

static double is_nothing(size_t i)
{
	(void)i;
	return 0;
}

static double is_no_number(size_t i)
{
	return i == 18 ? INFINITY : 100;
}

static const struct {
	const char *text;
	double (*rate)(size_t i);
	size_t n, first;
	double mean, change;
	bool is_steady;
} series[] = {
	{ "flat", flat, 21, 14, 50000, 0, true },
	{ "flat, but too short", flat, 20, 0, 0, 0, false },
	{ "none", flat, 0, 0, 0, 0, false },
	{ "flat and long", flat, 60, 40, 50000, 0, true },
	{ "a window of a third, rounded down", flat, 23, 16, 50000, 0, true },
	{ "rises for ever", rises_for_ever, 60, 40, 5950, 20 * 100 / 5950.0, false },
	{ "falls for ever", falls_for_ever, 60, 40, 5050, -20 * 100 / 5050.0, false },
	{ "on its way down", falls_to_a_plateau, 21, 14, 104.5, -0.100478, false },
	{ "down", falls_to_a_plateau, 30, 20, 100, 0, true },
	{ "on its way up", climbs_to_a_plateau, 21, 14, 96.389389, 0.050772, false },
	{ "up", climbs_to_a_plateau, 30, 20, 99.126334, 0.016543, true },
	{ "up and down", wobbles, 63, 42, 99.523810, 0, true },
	{ "rises by the bound", rises_by_3_percent, 21, 14, 100, 0.0299, true },
	{ "rises by more", rises_by_more, 21, 14, 100, 0.0301, false },
	{ "falls by the bound", falls_by_3_percent, 21, 14, 100, -0.0299, true },
	{ "falls by more", falls_by_more, 21, 14, 100, -0.0301, false },
	{ "nothing is done", is_nothing, 21, 0, 0, 0, false },
	{ "no number", is_no_number, 21, 0, 0, 0, false },
};

START_TEST(the_last_third_decides)
{
	double rates[RATES_MOST];
	struct steady steady;

	for (size_t i = 0; i < RATES_MOST; i++)
		rates[i] = series[_i].rate(i);
	steady = steady_judge(rates, series[_i].n);
	ck_assert_msg(steady.is_steady == series[_i].is_steady && steady.first == series[_i].first &&
		      fabs(steady.mean - series[_i].mean) < 1e-5 &&
		      fabs(steady.change - series[_i].change) < 1e-5,
		      "%s: steady %d from %zu on, mean %.9g, change %.9g", series[_i].text,
		      steady.is_steady, steady.first, steady.mean, steady.change);
}
END_TEST

/* What is 1.3 times faster at first is not believed before it is over. */
START_TEST(a_ramp_is_told_by_its_length)
{
	double rates[RATES_MOST];
	size_t n = 0;

	do {
		rates[n] = falls_to_a_plateau(n);
		n++;
	} while (n < RATES_MOST && !steady_judge(rates, n).is_steady);
	ck_assert_uint_ge(steady_judge(rates, n).first, 16);
	ck_assert_uint_le(n, 30);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("steady");
	TCase *cases = tcase_create("judge");

	tcase_add_loop_test(cases, the_last_third_decides, 0, COUNT_OF(series));
	tcase_add_test(cases, a_ramp_is_told_by_its_length);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
