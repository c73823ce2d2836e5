/* SPDX-License-Identifier: MIT */
/* check_selftest - its judges, and the operations they judge */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/topology.h"
#include "measure/calibrated.h"
#include "plan/make.h"
#include "results/series.h"
#include "run/supervisor.h"
#include "run/worker.h"
#include "tool/selftest-judge.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
/* A machine as good as any: looks of 10 ns, and half a tick of spread. */
#define QUIET .look_ns = 10, .spread_ns = 0.2, .tick_ns = 0.4
#define BATCH .is_batch = true, .overhead_ns = 0.3, .spread_ns = 0.05, .tick_ns = 0.4
#define INTERVAL(lo_, mid_, hi_) \
	.ratio = { .lo = lo_, .mid = mid_, .hi = hi_, .has_interval = true }
#define MODES(low, high, share) \
	.has_modes = true, .modes = { low, high }, .high_share = share

static const struct {
	selftest_judge *judge;
	struct selftest_facts facts;
	bool holds;
} cases[] = {
	{ selftest_judge_nothing, { .p50 = 0, BATCH }, true },
	{ selftest_judge_nothing, { .p50 = -0.4, BATCH }, true },
	{ selftest_judge_nothing, { .p50 = 0.5, BATCH }, false },
	{ selftest_judge_nothing, { .p50 = -0.5, BATCH }, false },
	{ selftest_judge_nothing, { .p50 = -10, QUIET }, true },
	{ selftest_judge_nothing, { .p50 = 18, QUIET }, false },       /* not taken off */
	{ selftest_judge_nothing, { .p50 = NAN, QUIET }, false },

	{ selftest_judge_spin, { .set_ns = 50, .p50 = 49.6, BATCH }, true },
	{ selftest_judge_spin, { .set_ns = 50, .p50 = 49.3, BATCH }, false },
	{ selftest_judge_spin, { .set_ns = 50, .p50 = 50.7, BATCH }, false },
	{ selftest_judge_spin, { .set_ns = 50, .p50 = 0.3, BATCH }, false },  /* returns at once */
	{ selftest_judge_spin, { .set_ns = 1e3, .p50 = 1020, QUIET }, true },
	{ selftest_judge_spin, { .set_ns = 1e3, .p50 = 1021, QUIET }, false },
	{ selftest_judge_spin, { .set_ns = 1e3, .p50 = 0, QUIET }, false },
	{ selftest_judge_spin, { .set_ns = 1e4, .p50 = 10049, QUIET }, true },
	{ selftest_judge_spin, { .set_ns = 1e4, .p50 = 1e4 * 1.01, QUIET }, false },  /* rate */
	{ selftest_judge_spin, { .set_ns = 1e5, .p50 = 1e5 * 0.99, QUIET }, false },
	{ selftest_judge_spin, { .set_ns = 1e6, .p50 = 1e6 * 1.01, QUIET }, false },
	{ selftest_judge_spin, { .set_ns = 1e6, .p50 = 1e6 * 1.004, QUIET }, true },
	{ selftest_judge_spin, { .set_ns = 1e6, .p50 = NAN, QUIET }, false },

	{ selftest_judge_line, { .slope = 1.0049, .intercept = 20, QUIET }, true },
	{ selftest_judge_line, { .slope = 0.9951, .intercept = -20, QUIET }, true },
	{ selftest_judge_line, { .slope = 1.01, .intercept = 0, QUIET }, false },
	{ selftest_judge_line, { .slope = 0.99, .intercept = 0, QUIET }, false },
	{ selftest_judge_line, { .slope = 1, .intercept = 21, QUIET }, false },
	{ selftest_judge_line, { .slope = 1, .intercept = -0.35, BATCH }, true },
	{ selftest_judge_line, { .slope = 1, .intercept = 0.5, BATCH }, false },
	{ selftest_judge_line, { .slope = NAN, .intercept = 0, QUIET }, false },

	{ selftest_judge_steady, { .p50 = 1 }, true },
	{ selftest_judge_steady, { .has_drift = true }, false },
	{ selftest_judge_steady, { .has_modes = true }, false },

	{ selftest_judge_spikes, { .set_ns = 2e3, .p50 = 2010, .p99 = 20100, QUIET }, true },
	{ selftest_judge_spikes, { .set_ns = 2e3, .p50 = 2010, .p99 = 2010, QUIET }, false },
	{ selftest_judge_spikes, { .set_ns = 2e3, .p50 = 2010, .p99 = 20300, QUIET }, false },
	{ selftest_judge_spikes, { .set_ns = 2e3, .p50 = 2250, .p99 = 20000, QUIET }, false },
	{ selftest_judge_spikes, { .set_ns = 2e3, .p50 = 2000, .p99 = NAN, QUIET }, false },

	{ selftest_judge_two_modes, { .set_ns = 2e3, MODES(2005, 2410, 0.33), QUIET }, true },
	{ selftest_judge_two_modes, { .set_ns = 2e3, MODES(2005, 2410, 0.36), QUIET }, false },
	{ selftest_judge_two_modes, { .set_ns = 2e3, MODES(2005, 2410, 0.24), QUIET }, false },
	{ selftest_judge_two_modes, { .set_ns = 2e3, MODES(2005, 2200, 0.3), QUIET }, false },
	{ selftest_judge_two_modes, { .set_ns = 2e3, MODES(2100, 2400, 0.3), QUIET }, false },
	{ selftest_judge_two_modes, { .set_ns = 2e3, .p50 = 2000, QUIET }, false },

	{ selftest_judge_ramp, { .has_drift = true }, true },
	{ selftest_judge_ramp, { .has_drift = false }, false },

	{ selftest_judge_square_wave, { .is_serial = true, .rounds = 24, .n_eff = 6.5,
	  .p50_lo = 1, .p50_hi = 4, .plain_lo = 2, .plain_hi = 3 }, true },
	{ selftest_judge_square_wave, { .is_serial = true, .rounds = 24, .n_eff = 3,
	  .p50_lo = NAN, .p50_hi = NAN, .plain_lo = 2, .plain_hi = 3 }, true },
	{ selftest_judge_square_wave, { .is_serial = false, .rounds = 24, .n_eff = 6.5,
	  .p50_lo = 1, .p50_hi = 4, .plain_lo = 2, .plain_hi = 3 }, false },
	{ selftest_judge_square_wave, { .is_serial = true, .rounds = 24, .n_eff = 24,
	  .p50_lo = 2, .p50_hi = 3, .plain_lo = 2, .plain_hi = 3 }, false },
	{ selftest_judge_square_wave, { .is_serial = true, .rounds = 24, .n_eff = 6.5,
	  .p50_lo = 2.1, .p50_hi = 3, .plain_lo = 2, .plain_hi = 3 }, false },
	{ selftest_judge_square_wave, { .is_serial = true, .rounds = 24, .n_eff = NAN,
	  .p50_lo = 1, .p50_hi = 4, .plain_lo = 2, .plain_hi = 3 }, false },

	{ selftest_judge_sleep, { .set_ns = 1e5, .slack_ns = 5e4, .p50 = 170e3 }, true },
	{ selftest_judge_sleep, { .set_ns = 1e5, .slack_ns = 5e4, .p50 = 99e3 }, false },
	{ selftest_judge_sleep, { .set_ns = 1e5, .slack_ns = 5e4, .p50 = 251e3 }, false },
	{ selftest_judge_sleep, { .set_ns = 1e5, .slack_ns = 5e4, .p50 = NAN }, false },

	{ selftest_judge_count, { .expected_count = 160, .observed_count = 160 }, true },
	{ selftest_judge_count, { .expected_count = 160, .observed_count = 161 }, false },
	{ selftest_judge_count, { .expected_count = 160, .observed_count = 10 }, false },
	{ selftest_judge_count, { .expected_count = 0, .observed_count = 0 }, false },

	{ selftest_judge_same, { .p50 = 1e4, .look_ns = 10, INTERVAL(0.99, 1.004, 1.02) }, true },
	{ selftest_judge_same, { .p50 = 1e4, .look_ns = 10, INTERVAL(1.0005, 1.0009, 1.001) }, true },
	{ selftest_judge_same, { .p50 = 1e4, .look_ns = 10, INTERVAL(1.0005, 1.002, 1.003) }, false },
	{ selftest_judge_same, { .p50 = 1e4, .look_ns = 10, INTERVAL(0.95, 0.96, 0.97) }, false },
	{ selftest_judge_same, { .p50 = 1e4, .look_ns = 10, .ratio = { NAN, NAN, NAN, 0, 0, false } },
	  false },

	{ selftest_judge_more, { .p50 = 1e4, .look_ns = 10, INTERVAL(1.04, 1.05, 1.06) }, true },
	{ selftest_judge_more, { .p50 = 1e4, .look_ns = 10, INTERVAL(0.99, 1.05, 1.1) }, false },
	{ selftest_judge_more, { .p50 = 1e4, .look_ns = 10, INTERVAL(1.01, 1.03, 1.06) }, false },
	{ selftest_judge_more, { .p50 = 1e4, .look_ns = 10, INTERVAL(1, 1, 1) }, false },
	{ selftest_judge_more, { .p50 = 1e4, .look_ns = 10, .ratio = { NAN, 1.05, NAN, 0, 0, false } },
	  false },
};

START_TEST(judges)
{
	struct selftest_verdict verdict = { .holds = !cases[_i].holds };

	cases[_i].judge(&cases[_i].facts, &verdict);
	ck_assert_msg(verdict.holds == cases[_i].holds, "expected %s, found %s", verdict.expected,
		      verdict.found);
	ck_assert_str_ne(verdict.expected, "");
	ck_assert_str_ne(verdict.found, "");
}
END_TEST

START_TEST(rounds_vary_as_promised)
{
	size_t high = 0, together = 0;

	for (uint64_t round = 0; round < 100; round++) {
		high += calibrated_two_modes(round) > 1;
		together += calibrated_two_modes(round) > 1 && calibrated_two_modes(round + 1) > 1;
	}
	ck_assert_uint_eq(high, 30);
	ck_assert_uint_eq(together, 0);
	ck_assert_double_eq(calibrated_ramp(0), 1);
	ck_assert_double_eq_tol(calibrated_ramp(20), 1.1, 1e-12);
	ck_assert_double_eq(calibrated_square_wave(3), 1);
	ck_assert_double_eq(calibrated_square_wave(4), 1.1);
	ck_assert_double_eq(calibrated_square_wave(8), 1);
}
END_TEST

static int count_known(void)
{
	int count = 0;

	while (calibrated_about((size_t)count))
		count++;
	return count;
}

/* Every one of them, by its name: runs, and counts what it ran. */
START_TEST(known_operations_count)
{
	const struct calibrated *calibrated = calibrated_find(calibrated_about((size_t)_i)->name);
	struct calibrated_state state = { 0 };
	struct rusage before, after;
	int error;

	ck_assert_ptr_nonnull(calibrated);
	error = calibrated_open(calibrated, CLOCK_GETTIME, 4, &state);
	if (error == -EDOM)
		return;                /* this machine's clock is too slow */
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(calibrated->run(&state, 1), 0);
	ck_assert_uint_eq(state.performed, 1);
	getrusage(RUSAGE_THREAD, &before);
	ck_assert_int_eq(calibrated->run(&state, 7), 0);
	getrusage(RUSAGE_THREAD, &after);
	ck_assert_uint_eq(state.performed, 8);
	if (calibrated->page_count)
		ck_assert_int_ge(after.ru_minflt - before.ru_minflt, 7 * calibrated->page_count);
	calibrated_close(&state);
	calibrated_close(&state);
}
END_TEST

START_TEST(unknown_is_null)
{
	ck_assert_ptr_null(calibrated_find("nonsense"));
	ck_assert_ptr_null(calibrated_find(""));
	ck_assert_ptr_null(calibrated_about(1000));
}
END_TEST

static Suite *selftest_suite(void)
{
	Suite *suite = suite_create("selftest");
	TCase *pure = tcase_create("judges"), *operations = tcase_create("operations");

	tcase_add_loop_test(pure, judges, 0, COUNT_OF(cases));
	tcase_add_test(pure, rounds_vary_as_promised);
	tcase_add_loop_test(operations, known_operations_count, 0, count_known());
	tcase_add_test(operations, unknown_is_null);
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, operations);
	return suite;
}

int main(void)
{
	return suite_run(selftest_suite());
}
