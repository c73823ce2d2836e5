/* SPDX-License-Identifier: MIT */
/* check_answer_time - an answer that cannot have come when it came, by made-up clocks. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/answer-time.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define MS UINT64_C(1000000)
/* Of the kernel's clocks when the tool starts the worker. */
#define RAW (1000 * MS)
#define BOOT (9000 * MS)
#define MONOTONIC (5000 * MS)
#define TICKS (77 * MS)
/* Half a nanosecond each. */
#define NS_PER_TICK 0.5

static struct worker_answer answer;
static struct round said;

static void set(struct clock_mark *mark, uint64_t after_ns, uint64_t ticks)
{
	*mark = (struct clock_mark){
		.kernel_ns = { RAW + after_ns, RAW + after_ns + 1000 }, .boot_ns = BOOT + after_ns,
		.monotonic_ns = MONOTONIC + after_ns, .libc_ns = RAW + after_ns, .ticks = ticks,
	};
}

/* All agree: a worker that began after 2 ms, answered after 32 ms, and was gone after 35. */
static void set_up(void)
{
	memset(&answer, 0, sizeof(answer));
	memset(&said, 0, sizeof(said));
	set(&answer.begin, 0, RAW);
	set(&said.begin, 2 * MS, TICKS);
	set(&said.end, 32 * MS, TICKS + 60 * MS);
	set(&answer.end, 35 * MS, RAW + 35 * MS);
	answer.started_ns = BOOT / (10 * MS) * 10 * MS;
	said.window_ticks = 20.0 * MS;
}

static bool agrees(void)
{
	char reason[ANSWER_TIME_REASON_BYTES] = "";
	bool is_true = answer_time_agrees(&answer, &said, NS_PER_TICK, reason);

	ck_assert_int_eq(*reason != 0, !is_true);
	return is_true;
}

static void half_speed(struct clock_mark *begin, struct clock_mark *end)
{
	end->libc_ns = begin->libc_ns + (end->libc_ns - begin->libc_ns) / 2;
}

/* What may be wrong, one thing each, and a word of the reason. */
static void ticks_half(void) { said.end.ticks = TICKS + 30 * MS; said.window_ticks = 9.0 * MS; }
static void ticks_double(void) { said.end.ticks = TICKS + 120 * MS; }
static void ticks_back(void) { said.end.ticks = TICKS - 60 * MS; }
static void libc_half(void) { half_speed(&said.begin, &said.end); }
static void libc_double(void) { said.end.libc_ns += 30 * MS; }
static void wrong_boot(struct clock_mark *mark, int64_t ns)
{
	mark->boot_ns += (uint64_t)ns;
	mark->monotonic_ns += (uint64_t)ns;
}
static void boot_half(void) { wrong_boot(&said.end, -15 * (int64_t)MS); }
static void boot_double(void) { wrong_boot(&said.end, 30 * MS); }
static void own_half(void) { half_speed(&answer.begin, &answer.end); }
static void own_double(void) { answer.end.libc_ns += 35 * MS; answer.end.ticks += 35 * MS; }
static void own_boot(void) { wrong_boot(&answer.end, 35 * MS); }
static void boot_slept_and_halved(void)
{
	said.end.boot_ns += 5000 * MS;
	answer.end.boot_ns += 5000 * MS;
	boot_half();
}
static void no_begin(void) { memset(&said.begin, 0, sizeof(said.begin)); }
static void no_end(void) { memset(&said.end, 0, sizeof(said.end)); }
static void before_start(void)
{
	set(&said.begin, (uint64_t)-5 * MS, TICKS - 14 * MS);
}
static void after_end(void) { set(&said.end, 36 * MS, TICKS + 68 * MS); }
static void long_ago(void)
{
	set(&said.begin, (uint64_t)-900 * MS, TICKS);
	set(&said.end, (uint64_t)-870 * MS, TICKS + 60 * MS);
}
static void started_before(void) { answer.started_ns -= 500 * MS; }
static void started_later(void) { answer.started_ns += 500 * MS; }
static void no_window(void) { said.window_ticks = 0; }
static void window_too_long(void) { said.window_ticks = 61.0 * MS; }

static const struct { void (*change)(void); const char *words; } wrong[] = {
	{ ticks_half, "measured by went on by 15.000 ms, the kernel's by 30.001" },
	{ ticks_double, "measured by went on by 60.000 ms, the kernel's by 30.001" },
	{ ticks_back, "measured by went on by -30.000 ms" },
	{ libc_half, "in the worker libc's clock went on by 15.000 ms, the kernel's by 30.001" },
	{ libc_double, "in the worker libc's clock went on by 60.000 ms" },
	{ boot_half, "in the worker CLOCK_BOOTTIME went on by 15.000 ms, the kernel's by 30.001" },
	{ boot_double, "in the worker CLOCK_BOOTTIME went on by 60.000 ms" },
	{ own_half, "in this tool libc's clock went on by 17.500 ms, the kernel's by 35.001" },
	{ own_double, "in this tool the clock that is measured by went on by 70.000 ms" },
	{ own_boot, "in this tool CLOCK_BOOTTIME went on by 70.000 ms" },
	{ boot_slept_and_halved, "in the worker CLOCK_BOOTTIME went on by 15.000 ms" },
	{ no_begin, "it does not say when it was" }, { no_end, "it does not say when it was" },
	{ before_start, "from -5.000 to 32.001 ms, and was there from 0 to 35.001 ms" },
	{ after_end, "from 2.000 to 36.001 ms, and was there from 0 to 35.001 ms" },
	{ long_ago, "from -900.000 to -869.999 ms" },
	{ started_before, "started at -500 ms of a round from 0 to 35 ms" },
	{ started_later, "started at 500 ms of a round from 0 to 35 ms" },
	{ no_window, "measured for 0.000 ms of the 30.000 ms that it had" },
	{ window_too_long, "measured for 30.500 ms of the 30.000 ms that it had" },
};

START_TEST(contradiction_is_told)
{
	char reason[ANSWER_TIME_REASON_BYTES] = "";

	wrong[_i].change();
	ck_assert(!answer_time_agrees(&answer, &said, NS_PER_TICK, reason));
	ck_assert_msg(strstr(reason, wrong[_i].words), "%s", reason);
}
END_TEST

/* What happens to honest ones. */
static void nothing(void) { }
static void interrupted(void) { said.end.kernel_ns[0] -= 9 * MS; said.end.ticks -= 8 * MS; }
static void corrected(void) { wrong_boot(&said.end, 2 * MS); wrong_boot(&answer.end, 2 * MS); }
static void coarse(void) { said.end.ticks += 80000; said.end.libc_ns -= 40000; }
static void unknown_start(void) { answer.started_ns = 0; }
static void start_rounded_up(void) { answer.started_ns += 10 * MS; }
static void whole_window(void) { said.window_ticks = 60.0 * MS; }

static void (*const right[])(void) = {
	nothing, interrupted, corrected, coarse, unknown_start, start_rounded_up, whole_window,
};

START_TEST(noise_is_no_contradiction)
{
	right[_i]();
	ck_assert(agrees());
}
END_TEST

/* Asleep in the round; before the worker began; interrupted between the looks, which is no sleep. */
static void slept(void) { said.end.boot_ns += 7000 * MS; answer.end.boot_ns += 7000 * MS; }
static void slept_before(void)
{
	said.begin.boot_ns += 7000 * MS;
	said.end.boot_ns += 7000 * MS;
	answer.end.boot_ns += 7000 * MS;
}
static void interrupted_looks(void)
{
	said.end.kernel_ns[1] += 9 * MS;
	said.end.monotonic_ns -= 8 * MS;
}

static const struct { void (*change)(void); double asleep_ns; } sleeps[] = {
	{ slept, 7e9 }, { slept_before, 7e9 }, { interrupted_looks, 0 }, { nothing, 0 },
	{ corrected, 0 },
};

START_TEST(sleep_is_known_and_no_contradiction)
{
	char reason[CLOCK_MARK_REASON_BYTES];

	sleeps[_i].change();
	ck_assert_double_eq(answer_time_asleep_ns(&answer, &said), sleeps[_i].asleep_ns);
	ck_assert_msg(clock_marks_agree(&said.begin, &said.end, NS_PER_TICK, reason), "%s", reason);
}
END_TEST

/* The clocks of this machine, whatever it does meanwhile. */
START_TEST(this_machines_clocks_agree)
{
	char reason[CLOCK_MARK_REASON_BYTES];
	struct clock_mark begin, end;

	ck_assert_int_eq(clock_mark(CLOCK_GETTIME, &begin), 0);
	usleep(20000);
	ck_assert_int_eq(clock_mark(CLOCK_GETTIME, &end), 0);
	ck_assert_msg(clock_marks_agree(&begin, &end, 1, reason), "%s", reason);
	ck_assert(!clock_marks_agree(&begin, &end, 0.5, reason));
	ck_assert(!clock_marks_agree(&begin, &end, 2, reason));
}
END_TEST

static Suite *time_suite(void)
{
	Suite *suite = suite_create("answer_time");
	TCase *tcase = tcase_create("clocks");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, contradiction_is_told, 0, COUNT_OF(wrong));
	tcase_add_loop_test(tcase, noise_is_no_contradiction, 0, COUNT_OF(right));
	tcase_add_loop_test(tcase, sleep_is_known_and_no_contradiction, 0, COUNT_OF(sleeps));
	tcase_add_test(tcase, this_machines_clocks_agree);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(time_suite());
}
