/* SPDX-License-Identifier: MIT */
/* check_engine_pace - requests that are due at times of their own, by every engine. */
#include "../kit/choice.h"
#include "../kit/engine-trial.h"

#define TIMEOUT_S 60

#include "engine/mechanism/list.h"
#include "engine/pace.h"

#define RATE 4000u
#define REQUESTS 40u
#define MANY 100000u

static struct engine_pace_plan plan_of(uint64_t rate, uint64_t count, bool is_poisson)
{
	return (struct engine_pace_plan){ .clock = { CLOCK_GETTIME, 1 }, .rate = rate, .count = count,
					  .is_poisson = is_poisson, .seed = 42 };
}

static struct engine_pace *make_pace(const struct engine_pace_plan *plan, uint64_t begin)
{
	struct engine_pace *pace;

	ck_assert_int_eq(engine_pace_init(&pace, plan), 0);
	engine_pace_begin(pace, plan, begin);
	return pace;
}

/* When */

START_TEST(fixed_arrivals_are_as_far_apart_as_the_rate_says)
{
	struct engine_pace_plan plan = plan_of(RATE, REQUESTS, false);
	struct engine_pace *pace = make_pace(&plan, 1000);

	for (uint64_t i = 0; i < REQUESTS; i++) {
		ck_assert_uint_eq(pace->due[i], 1000 + i * 250000);
		ck_assert_int_eq(pace->response[i], -1);
	}
	ck_assert_uint_eq(pace->late_ticks, 25000);
	engine_pace_done(pace);
}
END_TEST

/* Intervals of a Poisson process: their mean is their standard deviation. */
START_TEST(poisson_arrivals_are_so_on_average)
{
	struct engine_pace_plan plan = plan_of(RATE, MANY, true);
	struct engine_pace *pace = make_pace(&plan, 0);
	double mean = (double)pace->due[MANY - 1] / (MANY - 1), squares = 0;

	ck_assert_double_eq_tol(mean, 250000, 2500);
	for (uint64_t i = 1; i < MANY; i++) {
		double off = (double)(pace->due[i] - pace->due[i - 1]) - mean;

		ck_assert_uint_ge(pace->due[i], pace->due[i - 1]);
		squares += off * off / (MANY - 1);
	}
	ck_assert_double_eq_tol(squares / mean / mean, 1, 0.05);
	engine_pace_done(pace);
}
END_TEST

START_TEST(the_same_seed_has_the_same_arrivals)
{
	struct engine_pace_plan plan = plan_of(RATE, REQUESTS, true);
	struct engine_pace *one = make_pace(&plan, 7), *two, *other;

	two = make_pace(&plan, 7);
	ck_assert_mem_eq(one->due, two->due, REQUESTS * sizeof(one->due[0]));
	plan.seed++;
	other = make_pace(&plan, 7);
	ck_assert_mem_ne(one->due, other->due, REQUESTS * sizeof(one->due[0]));
	engine_pace_done(one);
	engine_pace_done(two);
	engine_pace_done(other);
}
END_TEST

START_TEST(only_who_was_ready_is_late)
{
	struct engine_pace_plan plan = plan_of(RATE, 2, false);
	struct engine_pace *pace = make_pace(&plan, clock_raw_ns() - 100000);

	/* Due already: nobody waited for it. */
	engine_pace_await(pace, 0);
	ck_assert_uint_eq(pace->late, 0);
	engine_pace_begun(pace, 0);
	ck_assert_uint_eq(pace->late, 1);
	engine_pace_done(pace);
}
END_TEST

/* Every engine */

/* Its memory is there before the engine makes processes that share it. */
static bool begin(struct trial *trial, const struct engine *engine, uint32_t depth,
		  const struct engine_pace_plan *plan, struct engine_pace **ret_pace)
{
	trial_begin(trial, engine, depth);
	trial->config.is_paced = true;
	ck_assert_int_eq(engine_pace_init(ret_pace, plan), 0);
	return trial_open(trial);
}

static void run_paced(struct trial *trial, const struct engine_pace_plan *plan,
		      struct engine_pace *pace)
{
	int error;

	engine_lanes_pace(&trial->lanes, pace);
	engine_pace_begin(pace, plan, clock_raw_ns() + 1000000);
	error = trial_run(trial, plan->count);
	if (error)
		trial_fail(trial, "paced run", error);
	ck_assert_uint_ge(clock_raw_ns(), pace->due[plan->count - 1]);
	engine_lanes_pace(&trial->lanes, NULL);
}

/* None is left out, none begins before it is due. */
static void assert_each_has_its_time(const struct trial *trial, const struct engine_pace *pace)
{
	for (uint64_t i = 0; i < pace->count; i++) {
		ck_assert_msg(pace->request[i] >= 0, "%s: request %ju was not timed",
			      trial->engine->about.name, (uintmax_t)i);
		ck_assert_msg(pace->response[i] >= pace->request[i],
			      "%s: request %ju was begun before it was due",
			      trial->engine->about.name, (uintmax_t)i);
	}
	ck_assert_uint_le(pace->late, pace->count);
}

static void try_pace(const struct engine *engine, uint32_t depth, bool is_poisson)
{
	struct engine_pace_plan plan = plan_of(RATE, REQUESTS, is_poisson);
	struct engine_pace *pace;
	struct trial trial;
	uint64_t before;

	if (begin(&trial, engine, depth, &plan, &pace)) {
		before = engine_lanes_ended(&trial.lanes);
		for (int run = 1; run <= 2; run++) {
			run_paced(&trial, &plan, pace);
			assert_each_has_its_time(&trial, pace);
			ck_assert_uint_eq(engine_lanes_ended(&trial.lanes),
					  before + (uint64_t)run * REQUESTS);
		}
		/* And without one again. */
		ck_assert_error(trial_run(&trial, 100), 0);
	}
	trial_end(&trial);
	engine_pace_done(pace);
}

START_TEST(each_is_begun_when_it_is_due)
{
	try_pace(engines[_i], 1, false);
	if (!engine_has(engines[_i], ENGINE_ONE | ENGINE_NULL))
		try_pace(engines[_i], DEEP, true);
}
END_TEST

/*
 * All are due at once and one lane makes them: the last one's response has the time of
 * all others in it, which a closed loop would have left out.
 */
START_TEST(the_wait_for_a_lane_is_in_the_response)
{
	struct engine_pace_plan plan = plan_of(10000000, REQUESTS, false);
	struct engine_pace *pace;
	int64_t sum = 0;
	struct trial trial;

	if (begin(&trial, engines[_i], 1, &plan, &pace)) {
		run_paced(&trial, &plan, pace);
		assert_each_has_its_time(&trial, pace);
		for (uint64_t i = 0; i < REQUESTS; i++)
			sum += pace->request[i];
		ck_assert_int_ge(pace->response[REQUESTS - 1],
				 sum - (int64_t)(pace->due[REQUESTS - 1] - pace->due[0]));
	}
	trial_end(&trial);
	engine_pace_done(pace);
}
END_TEST

static struct choice choice = { .name_of = engine_name_of };

static void add_pace(void)
{
	choice_add(&choice, each_is_begun_when_it_is_due, 1, SHARE_ALL);
	choice_add(&choice, the_wait_for_a_lane_is_in_the_response, 1, SHARE_ALL);
}

static void add_general(Suite *suite)
{
	TCase *tcase = tcase_create("arrivals");

	tcase_add_test(tcase, fixed_arrivals_are_as_far_apart_as_the_rate_says);
	tcase_add_test(tcase, poisson_arrivals_are_so_on_average);
	tcase_add_test(tcase, the_same_seed_has_the_same_arrivals);
	tcase_add_test(tcase, only_who_was_ready_is_late);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("engine pace");

	choice.rows = engine_count();
	add_general(suite);
	choice_add_twice(&choice, suite, "pace", add_pace, TIMEOUT_S);
	return choice_run(&choice, suite);
}
