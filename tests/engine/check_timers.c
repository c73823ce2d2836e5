/* SPDX-License-Identifier: MIT */
/* check_timers - the heap of an event loop's timers, and requests that are a lane's own */
#include <check.h>
#include <stdlib.h>

#include "engine/round/lanes.h"
#include "engine/timers.h"

#define MOST 1000

static struct engine_lane lanes[MOST];

/* Ends in this order: of n timers, the i-th. */
static uint64_t rising(uint32_t i, uint32_t n) { (void)n; return 1000 + i; }
static uint64_t falling(uint32_t i, uint32_t n) { return 1000 + n - i; }
static uint64_t equal(uint32_t i, uint32_t n) { (void)i, (void)n; return 1000; }
static uint64_t scattered(uint32_t i, uint32_t n) { (void)n; return 1000 + i * 7919 % 97; }

static uint64_t (*const orders[])(uint32_t i, uint32_t n) = { rising, falling, equal, scattered };
static const uint32_t counts[] = { 1, 2, 3, 7, 8, MOST };

/* All come out, each once, none before one that ends earlier. */
static void empty(struct engine_timers *timers, uint32_t n)
{
	bool is_seen[MOST] = { false };
	uint64_t last = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t first = engine_timers_first_ns(timers);
		struct engine_lane *lane = engine_timers_take(timers);

		ck_assert_uint_eq(first, lane->offset);
		ck_assert_uint_ge(first, last);
		ck_assert(!is_seen[lane - lanes]);
		is_seen[lane - lanes] = true;
		last = first;
	}
	ck_assert_uint_eq(timers->count, 0);
}

START_TEST(first_comes_first)
{
	uint64_t (*order)(uint32_t i, uint32_t n) = orders[_i];

	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct engine_timers timers = { .heap = NULL };

		ck_assert_int_eq(engine_timers_init(&timers, counts[c]), 0);
		for (uint32_t i = 0; i < counts[c]; i++) {
			lanes[i].offset = order(i, counts[c]);
			engine_timers_add(&timers, lanes[i].offset, &lanes[i]);
		}
		empty(&timers, counts[c]);
		engine_timers_done(&timers);
		engine_timers_done(&timers);
	}
}
END_TEST

/* As a loop does: what has ended begins again, later. */
START_TEST(timers_come_and_go)
{
	struct engine_timers timers = { .heap = NULL };
	uint64_t now = 0;

	ck_assert_int_eq(engine_timers_init(&timers, 50), 0);
	for (uint32_t i = 0; i < 50; i++)
		engine_timers_add(&timers, lanes[i].offset = i * 31 % 50, &lanes[i]);
	for (uint32_t i = 0; i < 5000; i++) {
		struct engine_lane *lane;

		ck_assert_uint_ge(engine_timers_first_ns(&timers), now);
		now = engine_timers_first_ns(&timers);
		lane = engine_timers_take(&timers);
		ck_assert_uint_eq(lane->offset, now);
		lane->offset = now + 1 + i * 7919 % 97;
		engine_timers_add(&timers, lane->offset, lane);
	}
	ck_assert_uint_eq(timers.count, 50);
	engine_timers_done(&timers);
}
END_TEST

/* No lane takes what is another's, however many it has had. */
START_TEST(each_lane_has_its_own)
{
	static const struct engine_lanes_plan plan = { .count = 3, .samples = 4 };
	struct engine_lanes own = { .load = NULL };

	ck_assert_int_eq(engine_lanes_init(&own, &plan), 0);
	for (int run = 0; run < 2; run++) {
		engine_lanes_begin_each(&own, 4);
		for (uint32_t i = 3; i-- > 0;) {
			for (int j = 0; j < 4; j++) {
				ck_assert(engine_take(&own.lanes[i]));
				ck_assert_int_eq(engine_done(&own.lanes[i], 0), 0);
			}
			ck_assert(!engine_take(&own.lanes[i]));
		}
		ck_assert_uint_eq(engine_lanes_ended(&own), 12 * (run + 1));
		ck_assert_uint_eq(engine_lanes_begun(&own), 12 * (run + 1));
	}
	/* And shared ones again after it. */
	engine_lanes_begin(&own, 5);
	for (int j = 0; j < 5; j++)
		ck_assert(engine_take(&own.lanes[1]));
	ck_assert(!engine_take(&own.lanes[1]) && !engine_take(&own.lanes[0]));
	engine_lanes_done(&own);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("timers");
	TCase *heap = tcase_create("heap"), *lane = tcase_create("lanes");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(heap, first_comes_first, 0, sizeof(orders) / sizeof(orders[0]));
	tcase_add_test(heap, timers_come_and_go);
	tcase_add_test(lane, each_lane_has_its_own);
	suite_add_tcase(suite, heap);
	suite_add_tcase(suite, lane);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
