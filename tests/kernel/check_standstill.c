/* SPDX-License-Identifier: MIT */
/* Which looks at the clock say that we stood still. */
#include <check.h>
#include <stdlib.h>

#include "kernel/standstill.h"
#include "../kit/suite.h"

#define MS UINT64_C(1000000)

static const struct {
	uint64_t took_ms, allowed_ms, lost_ms;
} looks[] = {
	{ 0, 0, 0 }, { 250, 250, 0 }, { 300, 250, 0 }, { 749, 250, 0 },
	{ 750, 250, 500 }, { 5250, 250, 5000 }, { 5000, 0, 5000 }, { 100, 1000, 0 },
	{ 86400000, 250, 86399750 },
};

START_TEST(what_is_above_the_allowed_is_lost)
{
	struct standstill standstill;
	uint64_t begin = 1000 * MS, now = begin + looks[_i].took_ms * MS;

	standstill_begin(begin, &standstill);
	ck_assert_uint_eq(standstill_look(&standstill, now, looks[_i].allowed_ms * MS),
			  looks[_i].lost_ms * MS);
	ck_assert_uint_eq(standstill.lost_ns, looks[_i].lost_ms * MS);
	ck_assert_uint_eq(standstill.count, looks[_i].lost_ms > 0);
	/* Only once. */
	ck_assert_uint_eq(standstill_look(&standstill, now, 0), 0);
}
END_TEST

START_TEST(it_is_added_up)
{
	struct standstill standstill;
	uint64_t now = 5000 * MS;

	standstill_begin(now, &standstill);
	for (uint64_t i = 1; i <= 3; i++) {
		now += 200 * MS;
		ck_assert_uint_eq(standstill_look(&standstill, now, 250 * MS), 0);
		now += 1250 * MS;
		ck_assert_uint_eq(standstill_look(&standstill, now, 250 * MS), 1000 * MS);
		ck_assert_uint_eq(standstill.count, i);
		ck_assert_uint_eq(standstill.lost_ns, i * 1000 * MS);
	}
	/* A clock that is behind is no standstill. */
	ck_assert_uint_eq(standstill_look(&standstill, now - 9000 * MS, 0), 0);
}
END_TEST

START_TEST(nobody_slept_meanwhile)
{
	struct standstill standstill;

	standstill_begin(0, &standstill);
	ck_assert_uint_lt(standstill_asleep_ns(&standstill), STANDSTILL_LEAST_NS);
	/* As if the machine had slept since then.  Two clocks are read one after the other,
	 * and each look is some time apart: so much that it does not matter. */
	if (standstill.asleep_ns >= 2 * STANDSTILL_LEAST_NS) {
		standstill.asleep_ns -= 2 * STANDSTILL_LEAST_NS;
		ck_assert_uint_ge(standstill_asleep_ns(&standstill), STANDSTILL_LEAST_NS);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("standstill");
	TCase *tcase = tcase_create("standstill");

	tcase_add_loop_test(tcase, what_is_above_the_allowed_is_lost, 0,
			    sizeof(looks) / sizeof(looks[0]));
	tcase_add_test(tcase, it_is_added_up);
	tcase_add_test(tcase, nobody_slept_meanwhile);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
