/* SPDX-License-Identifier: MIT */
/* check_timing - lib/measure/timing on a clock of our own: exact, and never busy or slow */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel/clock.h"

/* What stands in for the machine: time passes by what operations cost. */
static struct {
	uint64_t now;
	uint64_t region;               /* ticks that an empty region takes */
} fake;

static uint64_t fake_start(void)
{
	return fake.now;
}

static uint64_t fake_stop(void)
{
	fake.now += fake.region;
	return fake.now;
}

/* The loop under test, with our clock in place of the machine's. */
#define clock_start(source) ((void)(source), fake_start())
#define clock_stop(source) ((void)(source), fake_stop())
#include "measure/timing.c"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MS 1000000u
#define CAPACITY 4096

struct operation {
	uint64_t each, empty;          /* ticks of one, and of the loop around nothing */
	uint64_t call;                 /* ticks that every call costs beside */
	uint64_t first;                /* of the very first */
	uint64_t slow_until;           /* costs ten times as much until then */
	uint64_t doubling;             /* costs twice as much after every such span */
	bool is_hoisted, is_quadratic;
	uint64_t fail_at;              /* which operation fails; 0: none */
	uint64_t done, failures, empty_calls;
	uint64_t warm_at, warm_after;  /* when, and after how many, the harness itself came up */
};

static uint64_t cost_of(const struct operation *operation, uint64_t n)
{
	uint64_t cost = operation->each * (operation->is_hoisted ? 1 : n);

	if (operation->is_quadratic)
		cost = operation->each * n * n;
	if (operation->first && !operation->done)
		cost = operation->first;
	if (fake.now < operation->slow_until)
		cost *= 10;
	if (operation->doubling)
		cost = (uint64_t)((double)cost * exp2((double)fake.now / (double)operation->doubling));
	return cost + operation->call;
}

static int run(void *state, uint64_t n)
{
	struct operation *operation = state;

	if (operation->fail_at && operation->done + n >= operation->fail_at) {
		operation->done = operation->fail_at;
		operation->failures++;
		return -EIO;
	}
	fake.now += cost_of(operation, n);
	operation->done += n;
	return 0;
}

static int run_empty(void *state, uint64_t n)
{
	struct operation *operation = state;

	if (!operation->empty_calls++) {
		operation->warm_at = fake.now;
		operation->warm_after = operation->done;
	}
	fake.now += operation->empty * n;
	return 0;
}

static struct timed timed_of(struct operation *operation)
{
	fake.now = 1000;
	fake.region = 20;
	return (struct timed){
		.run = run, .run_empty = run_empty, .state = operation,
		.clock = { CLOCK_TICKS, 1 },
		.window_ns = 2 * MS, .seed = 7, .batch = -1,
	};
}

static struct timing new_timing(void)
{
	struct timing timing;

	ck_assert_int_eq(timing_init(&timing, CAPACITY), 0);
	return timing;
}

static void measure(const struct timed *timed, struct timing *timing)
{
	ck_assert_int_eq(timing_prepare(timed, timing), 0);
	ck_assert_int_eq(timing_measure(timed, timing), 0);
}

static struct round_series describe(const struct timing *timing)
{
	struct histogram_pair *pairs;
	struct round_series series;

	ck_assert_int_eq(timing_describe(timing, "cost", &series, &pairs), 0);
	ck_assert_ptr_nonnull(pairs);
	free(pairs);
	return series;
}

/* A queue that its senders fill while its receiver waits: it is quick, then it is not. */
struct queue {
	struct operation operation;
	uint64_t room, waiting, level;
	uint64_t look_ns;              /* what it takes to see how full it is */
};

static int take(void *state, uint64_t n)
{
	struct queue *queue = state;

	while (n--) {
		if (!queue->waiting) {
			fake.now += queue->room * 3000;
			queue->waiting = queue->room;
		}
		queue->waiting--;
		fake.now += 1000;
	}
	return 0;
}

static int take_all(void *state)
{
	struct queue *queue = state;

	take(state, queue->waiting);
	queue->level = queue->waiting;
	return 0;
}

static bool is_as_full(const void *state, uint64_t n)
{
	const struct queue *queue = state;

	fake.now += queue->look_ns;
	return queue->waiting <= queue->level + n;
}

static const struct { uint64_t room; double window_ns; uint64_t look_ns; } queues[] = {
	{ 1, 2 * MS, 0 }, { 163, 2 * MS, 0 }, { 655, 2 * MS, 0 }, { 655, 10 * MS, 0 },
	{ 655, 11 * MS, 0 }, { 655, 12 * MS, 0 }, { 2000, 20 * MS, 0 },
	{ 655, 2 * MS, 300000 }, { 655, 10 * MS, 1000000 },
};

/*
 * 3 us to send and 1 us to receive: 250000 a second, however full it is found, and however
 * long it takes to see that.
 */
START_TEST(whole_rounds_of_a_queue)
{
	struct queue queue = { .room = queues[_i].room, .look_ns = queues[_i].look_ns };
	struct timed timed = timed_of(&queue.operation);
	struct timing timing = new_timing();

	timed.run = take;
	timed.state = &queue;
	timed.batch = 1;
	timed.window_ns = (uint64_t)queues[_i].window_ns;
	timed.begin = take_all;
	timed.is_round = is_as_full;
	ck_assert_int_eq(timing_prepare(&timed, &timing), 0);
	queue.waiting = queue.room;
	ck_assert_int_eq(timing_measure(&timed, &timing), 0);
	ck_assert_double_eq_tol(timing_window(&timing) / (double)timing.operations_done, 4000,
				0.05 * 4000);
	timing_done(&timing);
}
END_TEST

/* A window of messages cannot be asked for in parts. */
static int run_units(void *state, uint64_t n)
{
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(n % 16, 0);
	return run(state, n);
}

START_TEST(whole_units_only)
{
	struct operation operation = { .each = 1000 };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	struct round_series series;

	timed.run = run_units;
	timed.unit = 16;
	measure(&timed, &timing);
	series = describe(&timing);
	ck_assert(series.is_batch);
	ck_assert_uint_eq(timing.operations_done % 16, 0);
	ck_assert_uint_eq(series.n, timing.operations_done);
	ck_assert_double_eq_tol(series.p50, 1000, 1);
	timing_done(&timing);
}
END_TEST

START_TEST(alone_is_exact)
{
	struct operation operation = { .each = 1000 };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	struct round_series series;

	measure(&timed, &timing);
	series = describe(&timing);
	ck_assert_str_eq(series.metric, "cost");
	ck_assert(!series.is_batch);
	ck_assert_double_eq(series.overhead, 20);
	ck_assert_double_eq(series.overhead_spread, 0);
	ck_assert_double_eq(series.p50 - series.overhead, 1000);
	ck_assert_double_eq(series.min, series.max);
	ck_assert_double_eq(series.cold - series.overhead, 1000);
	ck_assert_uint_eq(timing.flags, 0);
	ck_assert_uint_eq(operation.empty_calls, 4096);
	timing_done(&timing);
}
END_TEST

/* Twenty times the harness, or more: each alone. */
static const struct { uint64_t region, each; int asked; bool is_batch; } modes[] = {
	{ 20, 399, -1, true },
	{ 20, 400, -1, false },
	{ 50, 999, -1, true },
	{ 50, 1000, -1, false },
	{ 20, 1, -1, true },
	{ 20, 3 * MS, -1, false },
	{ 20, 100, 0, false },
	{ 20, 100000, 1, true },
};

START_TEST(mode_is_chosen)
{
	struct operation operation = { .each = modes[_i].each };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();

	timed.batch = modes[_i].asked;
	fake.region = modes[_i].region;
	measure(&timed, &timing);
	ck_assert_int_eq(timing.is_batch, modes[_i].is_batch);
	ck_assert_int_eq(timing.sample.operations != NULL, modes[_i].is_batch);
	ck_assert_double_eq(timing.region_overhead, (double)modes[_i].region);
	ck_assert_double_eq_tol(timing.operation_ticks, (double)modes[_i].each,
				(double)modes[_i].region + 1);
	ck_assert_uint_eq(timing.flags, 0);
	timing_done(&timing);
}
END_TEST

/* At least 50 us and 1000 overheads, at most a fifth more. */
static const struct { uint64_t region, each; double ns_per_tick; uint64_t least; } batches[] = {
	{ 20, 10, 1, 5000 },
	{ 20, 10, 0.5, 10000 },
	{ 100, 10, 1, 10000 },
	{ 20, 250, 1, 200 },
};

START_TEST(batches_are_long_enough)
{
	struct operation operation = { .each = batches[_i].each };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	uint32_t low = UINT32_MAX, high = 0;

	timed.clock.ns_per_tick = batches[_i].ns_per_tick;
	fake.region = batches[_i].region;
	measure(&timed, &timing);
	for (size_t i = 0; i < timing.sample.count; i++) {
		uint32_t n = timing.sample.operations[i];

		low = n < low ? n : low;
		high = n > high ? n : high;
	}
	/* The estimate holds a region's own cost too: a percent fewer may do. */
	ck_assert_uint_ge(low, batches[_i].least * 99 / 100);
	ck_assert_uint_le(high, batches[_i].least * 121 / 100 + 2);
	ck_assert_uint_gt(high, low);
	timing_done(&timing);
}
END_TEST

START_TEST(loop_is_taken_off_a_batch)
{
	struct operation operation = { .each = 10, .empty = 3 };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	struct round_series series;

	measure(&timed, &timing);
	series = describe(&timing);
	ck_assert(series.is_batch);
	ck_assert_double_eq_tol(series.overhead, 3, 0.01);
	ck_assert_double_eq_tol(series.p50 - series.overhead, 7, 0.01);
	timing_done(&timing);
}
END_TEST

START_TEST(less_than_nothing_stays_negative)
{
	struct operation operation = { .each = 2, .empty = 3 };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	struct round_series series;

	measure(&timed, &timing);
	series = describe(&timing);
	ck_assert_double_eq_tol(series.p50 - series.overhead, -1, 0.01);
	timing_done(&timing);
}
END_TEST

static const struct { struct operation operation; bool is_nonlinear; } shapes[] = {
	{ { .each = 10 }, false },
	{ { .each = 100000 }, false },
	{ { .each = 3, .empty = 3 }, false },              /* nothing: cannot be said */
	{ { .each = 10, .call = 1000 }, false },           /* 1.98 */
	{ { .each = 10, .call = 2000 }, true },            /* 1.96 */
	{ { .each = 500, .is_hoisted = true }, true },     /* returns at once whatever n is */
	{ { .each = 5 * MS, .is_hoisted = true }, true },
	{ { .each = 10, .is_quadratic = true }, true },
};

START_TEST(linearity)
{
	struct operation operation = shapes[_i].operation;
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();

	measure(&timed, &timing);
	ck_assert_int_eq((timing.flags & ROUND_NONLINEAR) != 0, shapes[_i].is_nonlinear);
	timing_done(&timing);
}
END_TEST

START_TEST(warms_up)
{
	struct operation operation = { .each = 1000, .slow_until = 2 * MS };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	struct round_series series;

	measure(&timed, &timing);
	series = describe(&timing);
	ck_assert_uint_eq(timing.flags, 0);
	ck_assert_uint_ge(timing.begin, 2 * MS);
	ck_assert_double_eq(series.p50 - series.overhead, 1000);
	ck_assert_double_eq(series.max - series.overhead, 1000);
	ck_assert_double_eq(series.cold - series.overhead, 10000);
	timing_done(&timing);
}
END_TEST

/* At least 2 ms of what is cheap, three batches of what is not. */
static const struct { uint64_t each, least_at, least_after; } warm[] = {
	{ 10, 2 * MS, 1 },
	{ 1000, 2 * MS, 1 },
	{ 1500000, 2 * MS, 1 + 3 + 3 },    /* one cold, three for the cost */
};

START_TEST(warms_up_for_long_enough)
{
	struct operation operation = { .each = warm[_i].each };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();

	ck_assert_int_eq(timing_prepare(&timed, &timing), 0);
	ck_assert_uint_ge(operation.warm_at, warm[_i].least_at);
	ck_assert_uint_ge(operation.warm_after, warm[_i].least_after);
	timing_done(&timing);
}
END_TEST

START_TEST(says_when_it_does_not)
{
	/* 7 % more in every batch of 500 us. */
	struct operation operation = { .each = 1000, .doubling = 5 * MS };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();

	ck_assert_int_eq(timing_prepare(&timed, &timing), 0);
	ck_assert_uint_ne(timing.flags & ROUND_NOWARM, 0);
	ck_assert_uint_gt(fake.now, 50 * MS);
	ck_assert_uint_lt(fake.now, 150 * MS);
	timing_done(&timing);
}
END_TEST

START_TEST(cold_is_the_first)
{
	struct operation operation = { .each = _i ? 100 : 1000, .first = 5000 };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	struct round_series series;

	measure(&timed, &timing);
	series = describe(&timing);
	ck_assert_int_eq((int)series.is_batch, _i);
	ck_assert_double_eq_tol(series.cold - series.overhead, 5000, 0.01);
	timing_done(&timing);
}
END_TEST

static const struct { uint64_t each, window_ns; size_t least, most; } windows[] = {
	{ 1000, 2 * MS, 1990, 2000 },      /* as many as fit */
	{ 1 * MS, 2 * MS, 5, 5 },          /* but five */
	{ 1000, 100 * MS, CAPACITY, CAPACITY },
	{ 10, 2 * MS, 38, 40 },            /* batches of 50 us */
};

START_TEST(window)
{
	struct operation operation = { .each = windows[_i].each };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();
	uint64_t before;

	timed.window_ns = windows[_i].window_ns;
	ck_assert_int_eq(timing_prepare(&timed, &timing), 0);
	before = operation.done;
	ck_assert_int_eq(timing_measure(&timed, &timing), 0);
	ck_assert_uint_ge(timing.sample.count, windows[_i].least);
	ck_assert_uint_le(timing.sample.count, windows[_i].most);
	ck_assert_uint_eq(timing.operations_done, operation.done - before);
	ck_assert_uint_eq(describe(&timing).n, operation.done - before);
	ck_assert_uint_ge(timing.end - timing.begin, timing.operations_done * windows[_i].each);
	/* A second window knows nothing of the first. */
	before = operation.done;
	ck_assert_int_eq(timing_measure(&timed, &timing), 0);
	ck_assert_uint_eq(timing.operations_done, operation.done - before);
	ck_assert_uint_eq(describe(&timing).n, operation.done - before);
	timing_done(&timing);
}
END_TEST

static void assert_nothing(const struct timing *timing)
{
	struct histogram_pair *pairs = (struct histogram_pair *)(uintptr_t)1;
	struct round_series series;

	ck_assert_uint_eq(timing->sample.count, 0);
	ck_assert_int_eq(timing_describe(timing, "cost", &series, &pairs), -ENODATA);
	ck_assert_ptr_null(pairs);
}

static const uint64_t failing[] = { 1, 2, 50, 500, 2000, 2600 };

START_TEST(failure_while_preparing)
{
	struct operation operation = { .each = 1000, .fail_at = failing[_i] };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();

	ck_assert_int_eq(timing_prepare(&timed, &timing), -EIO);
	/* It was the last: any further call would have failed and counted. */
	ck_assert_uint_eq(operation.done, failing[_i]);
	ck_assert_uint_eq(operation.failures, 1);
	assert_nothing(&timing);
	timing_done(&timing);
}
END_TEST

START_TEST(failure_while_measuring)
{
	struct operation operation = { .each = _i % 2 ? 10 : 1000 };
	struct timed timed = timed_of(&operation);
	struct timing timing = new_timing();

	ck_assert_int_eq(timing_prepare(&timed, &timing), 0);
	operation.fail_at = operation.done + 1 + (uint64_t)_i / 2 * 200000 / (_i % 2 ? 1 : 200);
	ck_assert_int_eq(timing_measure(&timed, &timing), -EIO);
	ck_assert_uint_eq(operation.done, operation.fail_at);
	ck_assert_uint_eq(operation.failures, 1);
	assert_nothing(&timing);
	timing_done(&timing);
}
END_TEST

START_TEST(memory)
{
	struct timing timing = { .map_bytes = 0 };

	timing_done(&timing);
	ck_assert_int_eq(timing_init(&timing, SIZE_MAX / 64), -ENOMEM);
	ck_assert_ptr_null(timing.sample.ticks);
}
END_TEST

static Suite *timing_suite(void)
{
	Suite *suite = suite_create("timing");
	TCase *tcase = tcase_create("timing");

	tcase_add_test(tcase, alone_is_exact);
	tcase_add_test(tcase, whole_units_only);
	tcase_add_loop_test(tcase, mode_is_chosen, 0, COUNT_OF(modes));
	tcase_add_loop_test(tcase, batches_are_long_enough, 0, COUNT_OF(batches));
	tcase_add_test(tcase, loop_is_taken_off_a_batch);
	tcase_add_test(tcase, less_than_nothing_stays_negative);
	tcase_add_loop_test(tcase, linearity, 0, COUNT_OF(shapes));
	tcase_add_test(tcase, warms_up);
	tcase_add_loop_test(tcase, warms_up_for_long_enough, 0, COUNT_OF(warm));
	tcase_add_test(tcase, says_when_it_does_not);
	tcase_add_loop_test(tcase, cold_is_the_first, 0, 2);
	tcase_add_loop_test(tcase, window, 0, COUNT_OF(windows));
	tcase_add_loop_test(tcase, failure_while_preparing, 0, COUNT_OF(failing));
	tcase_add_loop_test(tcase, failure_while_measuring, 0, 4);
	tcase_add_loop_test(tcase, whole_rounds_of_a_queue, 0, COUNT_OF(queues));
	tcase_add_test(tcase, memory);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(timing_suite());
}
