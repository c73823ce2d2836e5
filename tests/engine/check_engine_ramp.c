/* SPDX-License-Identifier: MIT */
/* check_engine_ramp - the steps of engine/round/ramp, told how long slices took */
#include <check.h>
#include <stdlib.h>

#include "engine/round/ramp.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MS 1e6
#define SECOND 1e9

/* Of a device: what a request takes as its slice's number grows, in ns. */
static double steady_request_ns(size_t slice)
{
	(void)slice;
	return 20000;
}

/* 1.3 times as fast for its first 20 slices, less and less. */
static double slowing_request_ns(size_t slice)
{
	return slice < 20 ? 20000 / (1.3 - 0.015 * (double)slice) : 20000;
}

static double ever_slower_request_ns(size_t slice)
{
	return 20000 + 400 * (double)slice;
}

/* A disk that turns. */
static double long_request_ns(size_t slice)
{
	(void)slice;
	return 10 * MS;
}

static const struct {
	const char *text;
	double (*request_ns)(size_t slice);
	double estimate_ns, most_ns;
	uint32_t depth;
	uint64_t first_requests;
	size_t slices;
	bool is_steady;
} ramps[] = {
	{ "steady from the first", steady_request_ns, 20000, SECOND, 1, 251, 21, true },
	{ "in whole depths", steady_request_ns, 20000, SECOND, 32, 256, 21, true },
	{ "deeper than a slice", steady_request_ns, 20000, SECOND, 4096, 4096, 12, false },
	{ "no estimate", steady_request_ns, 0, SECOND, 1, 5000001, 1, false },
	{ "slows down", slowing_request_ns, 20000, SECOND, 1, 251, 26, true },
	{ "slows down, with no time for it", slowing_request_ns, 20000, 100 * MS, 1, 251, 22, false },
	{ "slows down for ever", ever_slower_request_ns, 20000, 400 * MS, 1, 251, 52, false },
	{ "ten requests a slice, and ten slices", long_request_ns, 10 * MS, SECOND, 10, 10, 10, false },
	{ "one of each", long_request_ns, 10 * MS, SECOND, 1, 1, 21, true },
	{ "no time at all", steady_request_ns, 20000, 0, 1, 251, 1, false },
	{ "taken for slower than it is", steady_request_ns, 100000, SECOND, 1, 51, 23, true },
};

START_TEST(a_ramp_ends_where_its_device_is_steady)
{
	const struct engine_ramp_plan plan = { ramps[_i].estimate_ns, ramps[_i].depth,
					       ramps[_i].most_ns };
	struct engine_ramp ramp;
	size_t slices = 0;
	bool goes_on;

	engine_ramp_begin(&ramp, &plan);
	ck_assert_msg(ramp.requests == ramps[_i].first_requests, "%s: %ju requests", ramps[_i].text,
		      (uintmax_t)ramp.requests);
	do {
		double request_ns = ramps[_i].request_ns(slices++);

		ck_assert_uint_eq(ramp.requests % ramps[_i].depth, 0);
		goes_on = engine_ramp_add(&ramp, (double)ramp.requests * request_ns);
		/* Only the first of them may take longer than all of the ramp. */
		ck_assert(slices == 1 || ramp.spent_ns <= ramps[_i].most_ns);
	} while (goes_on);
	ck_assert_msg(slices == ramps[_i].slices && ramp.steady.is_steady == ramps[_i].is_steady,
		      "%s: %zu slices, steady %d", ramps[_i].text, slices, ramp.steady.is_steady);
	ck_assert_double_eq_tol(engine_ramp_window_ns(&ramp), ramp.spent_ns / 3, 1);
}
END_TEST

/* Slices that are mostly beginning and end are made longer, and forgotten. */
START_TEST(slices_that_are_short_do_not_count)
{
	const struct engine_ramp_plan plan = { 100000, 1, SECOND };
	struct engine_ramp ramp;

	engine_ramp_begin(&ramp, &plan);
	ck_assert(engine_ramp_add(&ramp, 5 * MS));
	ck_assert_uint_eq(ramp.count, 1);
	ck_assert(engine_ramp_add(&ramp, 2 * MS));
	ck_assert_uint_eq(ramp.count, 0);
	ck_assert_uint_eq(ramp.requests, 102);
	ck_assert_double_eq(ramp.spent_ns, 7 * MS);
}
END_TEST

/* However many slices there is time for, no more are kept than have room. */
START_TEST(slices_have_an_end)
{
	const struct engine_ramp_plan plan = { 20000, 1, 1e18 };
	struct engine_ramp ramp;
	size_t slices = 0;
	double slice_ns = 3 * MS;

	engine_ramp_begin(&ramp, &plan);
	while (engine_ramp_add(&ramp, slice_ns)) {
		slices++;
		slice_ns *= 1.01;
	}
	ck_assert_uint_eq(slices, ENGINE_RAMP_SLICES - 1);
	ck_assert(!ramp.steady.is_steady);
}
END_TEST

static const struct {
	const char *text, *cache, *rw;
	uint64_t ramp_ns, rate;
	bool has_bytes, has_device, is_wanted;
} rounds[] = {
	{ "direct reads", "direct", "randread", 100, 0, true, true, true },
	{ "direct writes", "direct", "write", 100, 0, true, true, true },
	{ "no time for it", "direct", "randread", 0, 0, true, true, false },
	{ "at a rate", "direct", "randread", 100, 50, true, true, false },
	{ "requests that move nothing", "direct", "randread", 100, 0, false, false, false },
	{ "cold once only", "cold", "randread", 100, 0, true, true, false },
	{ "from memory", "warm", "randread", 100, 0, true, false, false },
};

START_TEST(a_device_alone_has_a_ramp)
{
	struct engine_load load = { .has_bytes = rounds[_i].has_bytes };
	const struct engine_job job = { .cache = rounds[_i].cache, .rw = rounds[_i].rw,
					.ramp_ns = rounds[_i].ramp_ns, .rate = rounds[_i].rate };
	const struct engine_context context = {
		.job = &job, .lanes = { .load = &load },
		.config = { .is_direct = !strcmp(rounds[_i].cache, "direct") },
	};

	ck_assert_msg(engine_ramp_has_device(&context) == rounds[_i].has_device &&
		      engine_ramp_is_wanted(&context) == rounds[_i].is_wanted, "%s", rounds[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine ramp");
	TCase *cases = tcase_create("ramp");

	tcase_add_loop_test(cases, a_ramp_ends_where_its_device_is_steady, 0, COUNT_OF(ramps));
	tcase_add_loop_test(cases, a_device_alone_has_a_ramp, 0, COUNT_OF(rounds));
	tcase_add_test(cases, slices_that_are_short_do_not_count);
	tcase_add_test(cases, slices_have_an_end);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
