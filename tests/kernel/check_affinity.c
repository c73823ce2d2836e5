/* SPDX-License-Identifier: MIT */
/* Which CPUs we may run on, on kernels with however many possible CPUs. */
#include <check.h>
#include <stdlib.h>

#include "../kit/many-cpus.h"
#include "kernel/affinity.h"
#include "../kit/suite.h"

START_TEST(a_set_is_as_large_as_the_kernel_asks)
{
	struct affinity before, here;
	int count = affinity_count(), first = affinity_nth(0);

	ck_assert_int_eq(affinity_take(&before), 0);
	if (!many_cpus_pretend(many_cpus[_i]))
		return;
	ck_assert_int_eq(affinity_take(&here), 0);
	ck_assert_uint_ge(8 * here.bytes, many_cpus[_i]);
	ck_assert_int_eq(affinity_count(), count);
	ck_assert_int_eq(affinity_nth(0), first);
	ck_assert_int_eq(affinity_nth(count), first);
	for (int cpu = -1; cpu < 1 << 17; cpu++)
		ck_assert_int_eq(affinity_has(&here, cpu), affinity_has(&before, cpu));
	affinity_done(&here);
	affinity_done(&before);
}
END_TEST

START_TEST(what_was_taken_is_restored)
{
	struct affinity before;
	int last = affinity_nth(affinity_count() - 1);

	if (!many_cpus_pretend(many_cpus[_i]))
		return;
	ck_assert_int_eq(affinity_take(&before), 0);
	ck_assert_int_eq(affinity_set(last, last), 0);
	ck_assert_int_eq(affinity_count(), 1);
	ck_assert_int_eq(affinity_nth(0), last);
	ck_assert_int_eq(affinity_restore(&before), 0);
	ck_assert_int_eq(affinity_count(), CPU_COUNT_S(before.bytes, before.set));
	affinity_done(&before);
}
END_TEST

START_TEST(a_cpu_that_is_not_there_is_an_error)
{
	int count = affinity_count();

	ck_assert_int_eq(affinity_set(1 << 20, 1 << 20), -EINVAL);
	ck_assert_int_eq(affinity_count(), count);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("affinity");
	TCase *tcase = tcase_create("affinity");

	tcase_add_loop_test(tcase, a_set_is_as_large_as_the_kernel_asks, 0, MANY_CPUS_COUNT);
	tcase_add_loop_test(tcase, what_was_taken_is_restored, 0, MANY_CPUS_COUNT);
	tcase_add_test(tcase, a_cpu_that_is_not_there_is_an_error);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
