/* SPDX-License-Identifier: MIT */
/* check_noise_gaps - the gap detector of lib/host/noise on synthetic clocks. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../kit/many-cpus.h"
#include "host/noise.h"
#include "kernel/affinity.h"
#include "../kit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A clock that a test winds: each reading adds a step, some a gap more. */
static struct {
	uint64_t now;
	uint64_t step;
	uint64_t reads;
	const uint64_t *gaps;	/* one every thousand readings */
	size_t gaps_count;
} winding;

static uint64_t wound_ticks(void)
{
	size_t turn = winding.reads / 1000;

	winding.now += winding.step;
	winding.reads++;
	/* Turn 0 and 1 are the search for the shortest step. */
	if (winding.reads % 1000 == 500 && turn >= 2 &&
	    turn - 2 < winding.gaps_count)
		winding.now += winding.gaps[turn - 2];
	return winding.now;
}

static void wind(uint64_t step, const uint64_t *gaps, size_t gaps_count)
{
	winding.now = UINT64_MAX - 1000;	/* it may wrap */
	winding.step = step;
	winding.reads = 0;
	winding.gaps = gaps;
	winding.gaps_count = gaps_count;
}

START_TEST(gaps_are_counted_by_size)
{
	/* in ticks of 0.5 ns: 0.4, 0.6, 300, 6, 30 us */
	static const uint64_t gaps[] = { 800, 1200, 600000, 12000, 60000 };
	struct noise_gaps found;
	struct warning warning;

	wind(40, gaps, COUNT(gaps));
	ck_assert_int_eq(noise_gap_scan(wound_ticks, 0.5, 100000000, -1,
					&found), 0);
	ck_assert_uint_ge(found.scanned_ns, 100000000);
	ck_assert_uint_lt(found.scanned_ns, 100000100);
	ck_assert_uint_eq(found.floor_ns, 500);
	ck_assert_uint_eq(found.over_5us, 3);
	ck_assert_uint_eq(found.over_20us, 2);
	ck_assert_uint_eq(found.over_100us, 1);
	ck_assert_uint_eq(found.max_ns, 300020);
	ck_assert_uint_eq(found.lost_ns, 600 + 6000 + 30000 + 300000 + 4 * 20);
	ck_assert(!noise_gap_judge(&found, 1, -1, &warning));
}
END_TEST

START_TEST(a_quiet_clock_has_no_gaps)
{
	struct noise_gaps found;
	struct warning warning;

	wind(25, NULL, 0);
	ck_assert_int_eq(noise_gap_scan(wound_ticks, 1, 1000000, -1, &found),
			 0);
	ck_assert_uint_eq(found.lost_ns, 0);
	ck_assert_uint_eq(found.max_ns, 0);
	ck_assert(!noise_gap_judge(&found, 1, -1, &warning));
}
END_TEST

/* Where one reading takes 2 us, 2 us are no gap. */
START_TEST(a_slow_clock_raises_the_floor)
{
	struct noise_gaps found;

	wind(2000, NULL, 0);
	ck_assert_int_eq(noise_gap_scan(wound_ticks, 1, 10000000, -1, &found),
			 0);
	ck_assert_uint_eq(found.floor_ns, 8000);
	ck_assert_uint_eq(found.lost_ns, 0);
	/* 4 ms a step: few steps are looked at, not a thousand */
	wind(1, NULL, 0);
	ck_assert_int_eq(noise_gap_scan(wound_ticks, 4e6, 100000000, -1,
					&found), 0);
	ck_assert_uint_lt(winding.reads, 100);
}
END_TEST

static uint64_t stuck_ticks(void)
{
	return 42;
}

static uint64_t backward_ticks(void)
{
	return winding.now--;
}

START_TEST(broken_clocks_are_told)
{
	struct noise_gaps found;

	ck_assert_int_eq(noise_gap_scan(stuck_ticks, 1, 1000, -1, &found),
			 -ETIME);
	ck_assert_int_eq(noise_gap_scan(backward_ticks, 1, 1000, -1, &found),
			 -EIO);
	ck_assert_int_eq(noise_gap_scan(NULL, 1, 1000, -1, &found), -EINVAL);
	ck_assert_int_eq(noise_gap_scan(stuck_ticks, 0, 1000, -1, &found),
			 -EINVAL);
	ck_assert_int_eq(noise_gap_scan(stuck_ticks, 1, 0, -1, &found),
			 -EINVAL);
	ck_assert_int_eq(noise_gap_scan(stuck_ticks, 1, 1, 1 << 20, &found),
			 -EINVAL);
}
END_TEST

static int count_during_scan, cpu_during_scan;

static uint64_t watching_ticks(void)
{
	count_during_scan = affinity_count();
	cpu_during_scan = affinity_nth(0);
	return winding.now += 1000;
}

START_TEST(the_scan_is_pinned_and_the_thread_put_back)
{
	struct noise_gaps found;
	struct affinity old, now;
	int cpu = affinity_nth(0);

	ck_assert_int_eq(affinity_take(&old), 0);
	ck_assert_int_eq(noise_gap_scan(watching_ticks, 1, 100000, cpu,
					&found), 0);
	ck_assert_int_eq(count_during_scan, 1);
	ck_assert_int_eq(cpu_during_scan, cpu);
	ck_assert_int_eq(affinity_take(&now), 0);
	ck_assert(CPU_EQUAL_S(old.bytes, old.set, now.set));
	affinity_done(&old);
	affinity_done(&now);
}
END_TEST

/* cpu_set_t ends at 1024. */
START_TEST(the_scan_is_made_where_more_cpus_are_possible)
{
	struct noise_gaps found;
	int cpu = affinity_nth(0);

	if (!many_cpus_pretend(many_cpus[_i]))
		return;
	ck_assert_int_eq(noise_gap_scan(watching_ticks, 1, 100000, cpu,
					&found), 0);
	ck_assert_int_eq(count_during_scan, 1);
	ck_assert_uint_ge(found.scanned_ns, 100000);
}
END_TEST

START_TEST(gaps_are_judged_by_share_and_by_the_longest)
{
	struct noise_gaps gaps = { .scanned_ns = 100000000 };
	struct warning warning;

	gaps.lost_ns = gaps.max_ns = 500000;
	ck_assert(!noise_gap_judge(&gaps, 1, -1, &warning));
	gaps.lost_ns = 510000;
	ck_assert(noise_gap_judge(&gaps, 1, -1, &warning));
	ck_assert_str_eq(warning.check, "gaps");
	ck_assert_ptr_nonnull(strstr(warning.found, "CPU 1: 0.51 %"));
	gaps = (struct noise_gaps){
		.scanned_ns = 1000000000, .lost_ns = 1000001,
		.max_ns = 1000001, .over_100us = 1,
	};
	ck_assert(noise_gap_judge(&gaps, -1, -1, &warning));
	ck_assert_str_eq(warning.found, "0.10 % of the time lost, longest gap "
			 "1000 us, 1 over 100 us");
	ck_assert_int_eq(warning.severity, WARNING_WARN);
	ck_assert(!noise_gap_judge(&(struct noise_gaps){ 0 }, 1, -1, &warning));
}
END_TEST

START_TEST(a_scan_that_failed_is_told)
{
	struct warning warning;

	noise_gap_unknown(-EPERM, 3, &warning);
	ck_assert_str_eq(warning.check, "gaps");
	ck_assert_str_eq(warning.found,
			 "CPU 3: not looked for: Operation not permitted");
	ck_assert_int_eq(warning.severity, WARNING_INFORM);
}
END_TEST

static TCase *make_case(void)
{
	TCase *test_case = tcase_create("noise_gaps");

	tcase_add_test(test_case, gaps_are_counted_by_size);
	tcase_add_test(test_case, a_quiet_clock_has_no_gaps);
	tcase_add_test(test_case, a_slow_clock_raises_the_floor);
	tcase_add_test(test_case, broken_clocks_are_told);
	tcase_add_test(test_case, the_scan_is_pinned_and_the_thread_put_back);
	tcase_add_loop_test(test_case,
			    the_scan_is_made_where_more_cpus_are_possible,
			    0, MANY_CPUS_COUNT);
	tcase_add_test(test_case, a_scan_that_failed_is_told);
	tcase_add_test(test_case, gaps_are_judged_by_share_and_by_the_longest);
	return test_case;
}

int main(void)
{
	Suite *suite = suite_create("noise_gaps");

	suite_add_tcase(suite, make_case());
	return suite_run(suite);
}
