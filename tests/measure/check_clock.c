/* SPDX-License-Identifier: MIT */
/* check_clock - ticks advance; which clock the ladder chooses, and how sure it is of the rate */
#include <check.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kit/fake-root.h"
#include "host/clock-ladder.h"
#include "host/clock-rungs.h"
#include "kernel/affinity.h"
#include "kernel/clock-source.h"
#include "measure/clock-skew.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LOOKS 10000

/* RDTSCP last: only where the CPU shows it. */
static const enum clock_source sources[] = { CLOCK_GETTIME, CLOCK_TICKS, CLOCK_RDTSCP };

static int count_sources(void)
{
	if (!CLOCK_HAS_TICKS)
		return 1;
	return clock_counter_source(clock_ask_cpuid) == CLOCK_RDTSCP ? 3 : 2;
}

START_TEST(time_never_runs_backwards)
{
	uint64_t last = clock_start(sources[_i]), first = last;

	for (int i = 0; i < LOOKS; i++) {
		uint64_t now = i % 2 ? clock_start(sources[_i]) : clock_stop(sources[_i]);

		ck_assert(now >= last);
		last = now;
	}
	ck_assert_uint_gt(last, first);
}
END_TEST

START_TEST(gettime_is_in_ns)
{
	uint64_t before = clock_raw_ns(), begin = clock_start(CLOCK_GETTIME), end;

	poll(NULL, 0, 2);
	end = clock_stop(CLOCK_GETTIME);
	ck_assert_uint_ge(begin, before);
	ck_assert_uint_ge(end - begin, 1900000);
	ck_assert_uint_le(end, clock_raw_ns());
}
END_TEST

START_TEST(cpu_is_the_one_we_are_pinned_to)
{
	int cpu = sched_getcpu();

	ck_assert_int_ge(cpu, 0);
	if (affinity_set(cpu, cpu))
		return;
	ck_assert_int_eq(clock_cpu(sources[_i]), cpu);
}
END_TEST

/* CPUs that show RDTSCP and that do not. */
static void cpuid_of_qemu64(uint32_t leaf, uint32_t ret[4])
{
	ret[0] = leaf == 0x80000000 ? 0x8000000a : 0;
	ret[1] = ret[2] = 0;
	ret[3] = leaf == 0x80000001 ? 0x2191abfd : 0;
}

static void cpuid_of_epyc(uint32_t leaf, uint32_t ret[4])
{
	ret[0] = leaf == 0x80000000 ? 0x8000001f : 0;
	ret[1] = ret[2] = 0;
	ret[3] = leaf == 0x80000001 ? 0x2fd3fbff : 0;
}

/* Above its highest leaf a CPU gives what another leaf has. */
static void cpuid_without_extended(uint32_t leaf, uint32_t ret[4])
{
	ret[0] = leaf == 0x80000000 ? 0x80000000 : 0xffffffff;
	ret[1] = ret[2] = ret[3] = 0xffffffff;
}

static void cpuid_of_another_architecture(uint32_t leaf, uint32_t ret[4])
{
	(void)leaf;
	memset(ret, 0, 4 * sizeof(*ret));
}

static const struct { clock_cpuid *cpuid; bool has_rdtscp; } cpus_asked[] = {
	{ cpuid_of_qemu64, false }, { cpuid_of_epyc, true }, { cpuid_without_extended, false },
	{ cpuid_of_another_architecture, false },
};

/* One that hides it is read by RDTSC, though the CPU below might execute it. */
START_TEST(cpu_is_asked_for_rdtscp)
{
	ck_assert_int_eq(clock_has_rdtscp(cpus_asked[_i].cpuid), cpus_asked[_i].has_rdtscp);
	if (!cpus_asked[_i].has_rdtscp)
		ck_assert_int_eq(clock_counter_source(cpus_asked[_i].cpuid),
				 CLOCK_HAS_TICKS ? CLOCK_TICKS : CLOCK_GETTIME);
}
END_TEST

START_TEST(sources_that_work)
{
	ck_assert(clock_source_works(CLOCK_GETTIME));
	ck_assert_int_eq(clock_source_works(CLOCK_TICKS), CLOCK_HAS_TICKS);
	ck_assert_int_eq(clock_source_works(CLOCK_RDTSCP), clock_has_rdtscp(clock_ask_cpuid));
	ck_assert(!clock_source_works(-1));
	ck_assert(!clock_source_works(3));
}
END_TEST

#if defined(__x86_64__)
/* In a child: nothing of libc's may read the time behind it. */
START_TEST(counter_that_may_not_be_read)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0))
			_exit(0);
		_exit(clock_may_read_counter() || clock_source_works(CLOCK_TICKS) ||
		      clock_source_works(CLOCK_RDTSCP) ||
		      clock_counter_source(cpuid_of_epyc) != CLOCK_GETTIME);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST
#endif

/* Ticks and ns from one anchor to the other, and half the sum of the brackets on that. */
static const struct {
	struct clock_anchor from, to;
	double hz, error_ppm;
} rates[] = {
	{ { 0, 0, 0 }, { 2000000000, 1000000000, 0 }, 2e9, 0 },
	{ { 500, 100, 0 }, { 3000500, 1000100, 0 }, 3e9, 0 },
	{ { 0, 0, 100 }, { 2000000000, 1000000000, 100 }, 2e9, 0.05 },
	{ { 0, 0, 300 }, { 1000000, 1000000, 100 }, 1e9, 200 },
	{ { 0, 0, 0 }, { 25000000, 25000000, 2500 }, 1e9, 50 },
	/* over a counter that wraps */
	{ { UINT64_MAX - 999, 0, 0 }, { 1000, 1000, 0 }, 2e9, 0 },
	/* nothing to tell */
	{ { 5, 5, 1 }, { 5, 10, 1 }, 0, 0 }, { { 5, 5, 1 }, { 10, 5, 1 }, 0, 0 },
};

START_TEST(anchor_rate)
{
	double error_ppm = -1;

	ck_assert_double_eq_tol(clock_anchor_rate(&rates[_i].from, &rates[_i].to, &error_ppm),
				rates[_i].hz, 1e-3);
	ck_assert_double_eq_tol(error_ppm, rates[_i].error_ppm, 1e-9);
}
END_TEST

static const struct { double rung, anchors; bool agrees; } rungs[] = {
	{ 2e9, 2e9, true }, { 2e9 * 1.000099, 2e9, true }, { 2e9 * 0.999901, 2e9, true },
	{ 2e9 * 1.000101, 2e9, false }, { 2e9 * 0.999899, 2e9, false }, { 2e9 * 1.01, 2e9, false },
	{ 1, 2e9, false }, { 4e9, 2e9, false },
	/* missing */
	{ 0, 2e9, true }, { -1, 2e9, true },
	/* no anchors */
	{ 2e9, 0, false },
};

START_TEST(rung_agreement)
{
	ck_assert_int_eq(clock_rung_agrees(rungs[_i].rung, rungs[_i].anchors), rungs[_i].agrees);
}
END_TEST

static const struct { int64_t there, back; bool excludes; } skews[] = {
	{ 50, 60, false }, { 0, 0, false }, { 0, 100, false }, { -1, 100, true }, { 100, -1, true },
	{ -5, -5, true }, { INT64_MIN, INT64_MAX, true },
};

START_TEST(skew_rule)
{
	ck_assert_int_eq(clock_skew_excludes_zero(skews[_i].there, skews[_i].back),
			 skews[_i].excludes);
}
END_TEST

/* Two CPUs of ours, or the test is over. */
static size_t usable_cpus(int cpus[2])
{
	size_t count = affinity_count() < 2 ? 1 : 2;

	for (size_t i = 0; i < count; i++)
		cpus[i] = affinity_nth((int)i);
	return count;
}

START_TEST(skew_is_measured)
{
	int64_t there = INT64_MIN, back = INT64_MIN;
	int cpus[2];

	if (!CLOCK_HAS_TICKS || usable_cpus(cpus) < 2 ||
	    clock_skew_measure(cpus[0], cpus[1], &there, &back))
		return;
	/* They lie about each other by less than a second, and pass something on. */
	ck_assert_int_lt(llabs(there), 10000000000);
	ck_assert_int_lt(llabs(back), 10000000000);
}
END_TEST

START_TEST(skew_of_a_cpu_that_is_not_there)
{
	int64_t there, back;

	ck_assert_int_lt(clock_skew_measure(1 << 20, 0, &there, &back), 0);
	ck_assert_int_lt(clock_skew_measure(0, 1 << 20, &there, &back), 0);
}
END_TEST

START_TEST(our_own_affinity_stays)
{
	struct affinity before, after;
	struct clock_ladder ladder;
	int cpus[2];
	size_t count = usable_cpus(cpus);

	ck_assert_int_eq(affinity_take(&before), 0);
	clock_ladder_start("", cpus, count, &ladder);
	ck_assert_int_eq(affinity_take(&after), 0);
	ck_assert(CPU_EQUAL_S(before.bytes, before.set, after.set));
	affinity_done(&before);
	affinity_done(&after);
}
END_TEST

static void check_sane(const struct clock_ladder *ladder)
{
	double steps;

	if (clock_is_counter(ladder->clock.source)) {
		ck_assert_int_eq(ladder->clock.source, clock_counter_source(clock_ask_cpuid));
		ck_assert_str_eq(ladder->reason, "");
		ck_assert_double_eq_tol(ladder->clock.ns_per_tick * ladder->anchors_hz, 1e9, 1);
		/*
		 * A hypervisor's counter may step by many ticks at once, but by whole ones;
		 * of the start: the rate has been sharpened since.
		 */
		steps = ladder->resolution_ns / ladder->clock.ns_per_tick;
		ck_assert_double_ge(steps, 0.99);
		ck_assert_double_eq_tol(steps, round(steps), steps / 100);
	} else {
		ck_assert_str_ne(ladder->reason, "");
		ck_assert_double_eq(ladder->clock.ns_per_tick, 1);
	}
	ck_assert_double_gt(ladder->overhead_ns, 0);
	ck_assert_double_gt(ladder->resolution_ns, 0);
	ck_assert_double_ge(ladder->error_ppm, 0);
	ck_assert(ladder->skew_ns == -1 || ladder->skew_ns >= 0);
}

/* Whatever this machine is; the longer run makes the rate no less sure. */
START_TEST(ladder_here)
{
	struct clock_ladder ladder;
	int cpus[2];

	clock_ladder_start("", cpus, usable_cpus(cpus), &ladder);
	check_sane(&ladder);
	poll(NULL, 0, 20);
	clock_ladder_finish(&ladder);
	check_sane(&ladder);
	ck_assert_uint_ge(ladder.last.raw_ns - ladder.first.raw_ns, 40000000);
}
END_TEST

START_TEST(skew_is_not_looked_at_without_cpus)
{
	struct clock_ladder ladder;

	clock_ladder_start("", NULL, 0, &ladder);
	ck_assert_double_eq(ladder.skew_ns, -1);
}
END_TEST

#define SOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
/* No rdtscp: it is nothing that the kernel must say. */
#define GOOD_FLAGS "processor\t: 0\nflags\t\t: fpu tsc constant_tsc nonstop_tsc\n"
#define NOT_OURS "the kernel's own clock source is not the TSC"
#define NOT_CONSTANT "the TSC is not constant (no constant_tsc, nonstop_tsc)"

/* Machines whose counter the kernel does not trust. */
static const struct { const char *cpuinfo, *source, *reason; } machines[] = {
	{ GOOD_FLAGS, "hpet\n", NOT_OURS }, { GOOD_FLAGS, "kvm-clock\n", NOT_OURS },
	{ GOOD_FLAGS, "acpi_pm\n", NOT_OURS }, { GOOD_FLAGS, "tsc-early\n", NOT_OURS },
	{ GOOD_FLAGS, "\n", NOT_OURS }, { GOOD_FLAGS, NULL, NOT_OURS },
	{ "flags\t\t: fpu tsc rdtscp nonstop_tsc\n", "tsc\n", NOT_CONSTANT },
	{ "flags\t\t: fpu tsc rdtscp constant_tsc\n", "tsc\n", NOT_CONSTANT },
	{ NULL, "tsc\n", NOT_CONSTANT },
};

START_TEST(counter_that_is_not_trusted)
{
	struct clock_ladder ladder;
	struct fake_root root;

	fake_root_new(&root);
	if (machines[_i].cpuinfo)
		fake_root_write(&root, "/proc/cpuinfo", machines[_i].cpuinfo);
	if (machines[_i].source)
		fake_root_write(&root, SOURCE, machines[_i].source);
	clock_ladder_start(root.path, NULL, 0, &ladder);
#if defined(__x86_64__)	/* elsewhere nothing of this is asked for */
	ck_assert_int_eq(ladder.clock.source, CLOCK_GETTIME);
	ck_assert_str_eq(ladder.reason, machines[_i].reason);
#endif
	check_sane(&ladder);
	clock_ladder_finish(&ladder);
	check_sane(&ladder);
	fake_root_free(&root);
}
END_TEST

/* The same machine with all as it should be: only the rungs may still object. */
START_TEST(counter_that_is_trusted)
{
	struct clock_ladder ladder;
	struct fake_root root;

	fake_root_new(&root);
	fake_root_write(&root, "/proc/cpuinfo", GOOD_FLAGS);
	fake_root_write(&root, SOURCE, "tsc\n");
	clock_ladder_start(root.path, NULL, 0, &ladder);
	check_sane(&ladder);
#if defined(__x86_64__)
	if (ladder.clock.source == CLOCK_GETTIME)
		ck_assert_str_eq(ladder.reason,
				 "the counter's rates disagree by more than 100 ppm");
#endif
	fake_root_free(&root);
}
END_TEST

START_TEST(rungs_are_rates_or_silent)
{
	const double hz[] = { clock_rung_perf(), clock_rung_cpuid(), clock_rung_hypervisor() };

	for (size_t i = 0; i < COUNT_OF(hz); i++)
		ck_assert(hz[i] == 0 || (hz[i] > 1e6 && hz[i] < 1e11));
	ck_assert_double_gt(clock_rung_resolution(), 0);
}
END_TEST

static Suite *clock_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *pure = tcase_create("pure"), *here = tcase_create("here");
	TCase *choice = tcase_create("choice");
	int source_count = count_sources();

	tcase_add_loop_test(pure, anchor_rate, 0, (int)COUNT_OF(rates));
	tcase_add_loop_test(pure, rung_agreement, 0, (int)COUNT_OF(rungs));
	tcase_add_loop_test(pure, skew_rule, 0, (int)COUNT_OF(skews));
	tcase_add_loop_test(here, time_never_runs_backwards, 0, source_count);
	tcase_add_loop_test(pure, cpu_is_asked_for_rdtscp, 0, (int)COUNT_OF(cpus_asked));
	tcase_add_test(here, sources_that_work);
#if defined(__x86_64__)
	tcase_add_test(here, counter_that_may_not_be_read);
#endif
	tcase_add_test(here, gettime_is_in_ns);
	tcase_add_loop_test(here, cpu_is_the_one_we_are_pinned_to, 0, source_count);
	tcase_add_test(here, skew_is_measured);
	tcase_add_test(here, skew_of_a_cpu_that_is_not_there);
	tcase_add_test(here, our_own_affinity_stays);
	tcase_add_test(here, rungs_are_rates_or_silent);
	tcase_add_test(choice, ladder_here);
	tcase_add_test(choice, skew_is_not_looked_at_without_cpus);
	tcase_add_loop_test(choice, counter_that_is_not_trusted, 0, (int)COUNT_OF(machines));
	tcase_add_test(choice, counter_that_is_trusted);
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, here);
	suite_add_tcase(suite, choice);
	return suite;
}

int main(void)
{
	return suite_run(clock_suite());
}
