/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/round/window.h"

#define LANES 4
#define WINDOW_NS 10000000

struct rig {
	struct engine_lanes lanes;
	struct timing timing;
	bool is_idle;              /* takes no requests */
	int error;
	uint64_t asked, taken;
};

/* One lane after the other has one request at a time, as those of an engine. */
static int take_all(void *state, uint64_t n)
{
	struct rig *rig = state;
	bool is_any = !rig->is_idle;

	rig->asked = n;
	engine_lanes_begin(&rig->lanes, n);
	while (is_any) {
		is_any = false;
		for (uint32_t i = 0; i < LANES; i++) {
			if (!engine_take(&rig->lanes.lanes[i]))
				continue;
			rig->taken++;
			is_any = true;
			ck_assert_int_eq(engine_done(&rig->lanes.lanes[i], 0), 0);
		}
	}
	return rig->error;
}

/* Times of requests of so many ns each; the clock is that of the system. */
static int measure(struct rig *rig, double request_ns)
{
	const struct engine_lanes_plan plan = { .count = LANES, .block_bytes = 512, .samples = 16 };
	const struct timed timed = { .run = take_all, .state = rig, .clock = { CLOCK_GETTIME, 1 },
				     .window_ns = WINDOW_NS };

	ck_assert_int_eq(engine_lanes_init(&rig->lanes, &plan), 0);
	ck_assert_int_eq(timing_init(&rig->timing, 64), 0);
	rig->timing.operation_ticks = request_ns;
	return engine_window_measure(&timed, &rig->lanes, &rig->timing);
}

static void tear_down(struct rig *rig)
{
	timing_done(&rig->timing);
	engine_lanes_done(&rig->lanes);
}

static const struct {
	double window_ns, request_ns;
	uint32_t lanes;
	uint64_t per_lane;
} windows[] = {
	{ 1e7, 1000, 1, 10016 },       /* a multiple of 32 */
	{ 1e7, 1000, 32, 320 },
	{ 1e7, 20000, 32, 64 },        /* has room for 15 only */
	{ 1e7, 20000, 256, 64 },
	{ 1e7, 1e6, 32, 16 },          /* 64 a lane would take two seconds */
	{ 1e7, 1e6, 4096, 4 },
	{ 1e7, 0, 1, 10000000 },       /* what costs nothing */
};

START_TEST(a_lane_has_as_many_as_the_window_has_room_for)
{
	ck_assert_uint_eq(engine_window_per_lane(windows[_i].window_ns, windows[_i].request_ns,
						 windows[_i].lanes), windows[_i].per_lane);
}
END_TEST

/* 16 parts, of which the first four and the last do not count. */
START_TEST(parts_in_which_all_lanes_work_are_timed)
{
	struct rig rig = { .error = 0 };
	const struct sample *sample = &rig.timing.sample;

	ck_assert_int_eq(measure(&rig, 20000), 0);
	ck_assert_uint_eq(rig.asked, 128 * LANES);
	ck_assert_uint_eq(rig.taken, rig.asked);
	ck_assert_uint_eq(rig.timing.operations_done, rig.asked);
	ck_assert_uint_eq(sample->count, 11);
	for (size_t i = 0; i < sample->count; i++) {
		ck_assert_uint_eq(sample->operations[i], 8 * LANES);
		ck_assert_int_gt(sample->ticks[i], 0);
	}
	tear_down(&rig);
}
END_TEST

/* Four parts of a request a lane: one to fill up, one to run empty. */
START_TEST(requests_that_take_long_have_fewer_parts)
{
	struct rig rig = { .error = 0 };

	ck_assert_int_eq(measure(&rig, 1e8), 0);
	ck_assert_uint_eq(rig.asked, 4 * LANES);
	ck_assert_uint_eq(rig.timing.sample.count, 2);
	ck_assert_uint_eq(rig.timing.sample.operations[0], LANES);
	tear_down(&rig);
}
END_TEST

START_TEST(an_engine_that_takes_nothing_has_no_figures)
{
	struct rig rig = { .is_idle = true };

	ck_assert_int_eq(measure(&rig, 20000), -ENODATA);
	tear_down(&rig);
}
END_TEST

START_TEST(the_error_of_a_run_is_that_of_the_window)
{
	struct rig rig = { .error = -EIO };

	ck_assert_int_eq(measure(&rig, 20000), -EIO);
	ck_assert_uint_eq(rig.timing.sample.count, 0);
	/* No marks in what comes after it. */
	ck_assert_uint_eq(rig.lanes.load->mark_every, 0);
	tear_down(&rig);
}
END_TEST

static const struct {
	const char *text;
	uint64_t marks[4];         /* the first part fills up */
	int error;
	size_t count;
	int64_t ticks[2];
	uint32_t operations[2];
} kept[] = {
	{ "in order", { 1, 10, 20, 40 }, 0, 2, { 20, 10 }, { 8, 8 } },
	{ "a late one amidst", { 1, 10, 50, 40 }, 0, 1, { 30 }, { 16 } },
	{ "as late as the next", { 1, 10, 40, 40 }, 0, 1, { 30 }, { 16 } },
	{ "a late first", { 1, 30, 20, 40 }, 0, 1, { 20 }, { 8 } },
	{ "none before another", { 1, 60, 50, 40 }, -ENODATA, 0, { 0 }, { 0 } },
	{ "one that is missing", { 1, 10, 0, 40 }, -ENODATA, 0, { 0 }, { 0 } },
};

START_TEST(a_mark_that_came_late_is_left_out)
{
	struct engine_load load = { .mark_every = 8 };
	struct timing timing;

	memcpy(load.marks, kept[_i].marks, sizeof(kept[_i].marks));
	ck_assert_int_eq(timing_init(&timing, 4), 0);
	ck_assert_msg(engine_window_keep(&load, 4, &timing) == kept[_i].error, "%s", kept[_i].text);
	ck_assert_msg(timing.sample.count == kept[_i].count, "%s", kept[_i].text);
	for (size_t i = 0; i < kept[_i].count; i++) {
		ck_assert_int_eq(timing.sample.ticks[i], kept[_i].ticks[i]);
		ck_assert_uint_eq(timing.operations[i], kept[_i].operations[i]);
	}
	timing_done(&timing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine window");
	TCase *cases = tcase_create("window");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(cases, a_lane_has_as_many_as_the_window_has_room_for, 0,
			    sizeof(windows) / sizeof(windows[0]));
	tcase_add_loop_test(cases, a_mark_that_came_late_is_left_out, 0,
			    sizeof(kept) / sizeof(kept[0]));
	tcase_add_test(cases, parts_in_which_all_lanes_work_are_timed);
	tcase_add_test(cases, requests_that_take_long_have_fewer_parts);
	tcase_add_test(cases, an_engine_that_takes_nothing_has_no_figures);
	tcase_add_test(cases, the_error_of_a_run_is_that_of_the_window);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
