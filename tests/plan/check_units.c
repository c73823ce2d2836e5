/* SPDX-License-Identifier: MIT */
/* check_units - numbers with units, and lists, as people type them */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define UNTOUCHED 4711

static const struct { const char *text; int error; uint64_t bytes; } sizes[] = {
	{ "0", 0, 0 }, { "1", 0, 1 }, { "007", 0, 7 }, { "64B", 0, 64 },
	{ "1k", 0, 1024 }, { "1K", 0, 1024 }, { "1kB", 0, 1024 }, { "1KB", 0, 1024 },
	{ "1KiB", 0, 1024 }, { "1kiB", 0, 1024 },
	{ "1M", 0, 1048576 }, { "1MB", 0, 1048576 }, { "1MiB", 0, 1048576 },
	{ "1G", 0, 1073741824 }, { "1GB", 0, 1073741824 }, { "1GiB", 0, 1073741824 },
	{ "1.5k", 0, 1536 }, { "0.25M", 0, 262144 }, { "8388607G", 0, 8388607ull << 30 },
	{ "9007199254740991", 0, 9007199254740991 },
	{ "9007199254740992", -ERANGE, 0 }, { "8388608G", -ERANGE, 0 }, { "1e400", -ERANGE, 0 },
	{ "1e308G", -ERANGE, 0 }, { "99999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 }, { " 1", -EINVAL, 0 }, { "1 ", -EINVAL, 0 }, { "+1", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 }, { "k", -EINVAL, 0 }, { ".5k", -EINVAL, 0 }, { "0x10", -EINVAL, 0 },
	{ "0X10", -EINVAL, 0 }, { "inf", -EINVAL, 0 }, { "nan", -EINVAL, 0 }, { "1m", -EINVAL, 0 },
	{ "1T", -EINVAL, 0 }, { "1kk", -EINVAL, 0 }, { "1 k", -EINVAL, 0 }, { "1mb", -EINVAL, 0 },
	{ "0.5", -EINVAL, 0 }, { "0.1k", -EINVAL, 0 }, { "1,5", -EINVAL, 0 }, { "1ns", -EINVAL, 0 },
};

START_TEST(size)
{
	uint64_t bytes = UNTOUCHED;

	ck_assert_int_eq(units_parse_size(sizes[_i].text, &bytes), sizes[_i].error);
	ck_assert_uint_eq(bytes, sizes[_i].error ? UNTOUCHED : sizes[_i].bytes);
}
END_TEST

static const struct { const char *text; int error; uint64_t count; } counts[] = {
	{ "0", 0, 0 }, { "1", 0, 1 }, { "1k", 0, 1000 }, { "1.5k", 0, 1500 }, { "1M", 0, 1000000 },
	{ "4503599627370496", 0, 1ull << 52 }, { "9007199254740992", -ERANGE, 0 },
	{ "", -EINVAL, 0 }, { "-1", -EINVAL, 0 }, { "1K", -EINVAL, 0 }, { "1B", -EINVAL, 0 },
	{ "1.5", -EINVAL, 0 }, { "ten", -EINVAL, 0 }, { "1s", -EINVAL, 0 },
};

START_TEST(count)
{
	uint64_t number = UNTOUCHED;

	ck_assert_int_eq(units_parse_count(counts[_i].text, &number), counts[_i].error);
	ck_assert_uint_eq(number, counts[_i].error ? UNTOUCHED : counts[_i].count);
}
END_TEST

static const struct { const char *text; int error; double ns; } times[] = {
	{ "1ns", 0, 1 }, { "1us", 0, 1e3 }, { "1ms", 0, 1e6 }, { "1s", 0, 1e9 }, { "1", 0, 1e9 },
	{ "1m", 0, 60e9 }, { "0.5ns", 0, 0.5 }, { "2.5s", 0, 2.5e9 }, { "0", 0, 0 },
	{ "1e400s", -ERANGE, 0 }, { "1e308s", -ERANGE, 0 },
	{ "", -EINVAL, 0 }, { "-1s", -EINVAL, 0 }, { "1h", -EINVAL, 0 }, { "1 s", -EINVAL, 0 },
	{ "s", -EINVAL, 0 }, { "1k", -EINVAL, 0 }, { "1S", -EINVAL, 0 }, { "infs", -EINVAL, 0 },
};

START_TEST(time_span)
{
	double ns = UNTOUCHED;

	ck_assert_int_eq(units_parse_time(times[_i].text, &ns), times[_i].error);
	ck_assert_double_eq(ns, times[_i].error ? UNTOUCHED : times[_i].ns);
}
END_TEST

static const struct { double ns; const char *text; } shown_times[] = {
	{ 0, "0 ns" }, { 0.25, "0.25 ns" }, { 1, "1 ns" }, { 17.25, "17.2 ns" }, { 999, "999 ns" },
	{ 1000, "1 us" }, { 1234, "1.23 us" }, { 12345, "12.3 us" }, { 123456, "123 us" },
	{ 1e6, "1 ms" }, { 2.5e8, "250 ms" }, { 1e9, "1 s" }, { 180e9, "180 s" },
	{ -3, "-3 ns" }, { -1500, "-1.5 us" },
};

START_TEST(time_is_shown)
{
	char text[32];

	units_format_time(shown_times[_i].ns, text, sizeof(text));
	ck_assert_str_eq(text, shown_times[_i].text);
}
END_TEST

static const double near_steps[] = {
	999.4, 999.6, 999.99, 999600, 999999, 999.6e6, 999999999, 1e12, 86400e9, -999.9,
};

/* People are never shown "1e+03 ns". */
START_TEST(time_is_shown_without_exponent)
{
	char text[32];

	units_format_time(near_steps[_i], text, sizeof(text));
	ck_assert_msg(!strchr(text, 'e'), "%g ns is shown as \"%s\"", near_steps[_i], text);
}
END_TEST

static const struct { uint64_t bytes; const char *text; } shown_sizes[] = {
	{ 0, "0 B" }, { 1, "1 B" }, { 1023, "1023 B" }, { 1024, "1 KiB" }, { 1536, "1.5 KiB" },
	{ 65536, "64 KiB" }, { 67108864, "64 MiB" }, { 1ull << 30, "1 GiB" },
	{ 1ull << 40, "1024 GiB" },
};

START_TEST(size_is_shown)
{
	char text[32];

	units_format_size(shown_sizes[_i].bytes, text, sizeof(text));
	ck_assert_str_eq(text, shown_sizes[_i].text);
}
END_TEST

START_TEST(shown_text_is_bounded)
{
	char text[8] = "xxxxxxx";

	units_format_time(1234, text, 4);
	ck_assert_mem_eq(text, "1.2\0xxx", sizeof(text));
	units_format_size(1536, text, 2);
	ck_assert_mem_eq(text, "1\0002\0xxx", sizeof(text));
}
END_TEST

static const struct { const char *text; const char *words[5]; } lists[] = {
	{ "", { "" } },
	{ "a", { "a" } },
	{ "a,b,c", { "a", "b", "c" } },
	{ "a,,b", { "a", "", "b" } },
	{ ",", { "", "" } },
	{ "a,", { "a", "" } },
	{ "cpu:0,4", { "cpu:0,4" } },
	{ "cpu:0,4,smt", { "cpu:0,4", "smt" } },
	{ "smt,cpu:0,4", { "smt", "cpu:0,4" } },
	{ "cpu:0,smt", { "cpu:0", "smt" } },
	{ "cpu:0,1,2,3", { "cpu:0,1", "2", "3" } },
	{ "cpu:0,1,cpu:2,3", { "cpu:0,1", "cpu:2,3" } },
	{ "cpu:0,cpu:1", { "cpu:0", "cpu:1" } },
	{ "cpu:0,", { "cpu:0", "" } },
	{ "xcpu:0,4", { "xcpu:0", "4" } },
	{ "64k,1M", { "64k", "1M" } },
};

START_TEST(list_is_split)
{
	size_t number = UNTOUCHED, expected = 0;
	char **words = units_split_list(lists[_i].text, &number);

	ck_assert_ptr_nonnull(words);
	while (expected < 5 && lists[_i].words[expected])
		expected++;
	ck_assert_uint_eq(number, expected);
	for (size_t i = 0; i < expected; i++)
		ck_assert_str_eq(words[i], lists[_i].words[i]);
	ck_assert_ptr_null(words[expected]);
	units_free_list(words);
}
END_TEST

START_TEST(no_list_is_freed)
{
	units_free_list(NULL);
}
END_TEST

static const struct { const char *pattern, *name; bool matches; } globs[] = {
	{ "fork", "fork", true }, { "fork", "vfork", false }, { "for", "fork", false },
	{ "all", "anything", true }, { "all", "", true }, { "All", "fork", false },
	{ "*fork", "vfork", true }, { "*fork", "fork-server", false }, { "?fork", "vfork", true },
	{ "?fork", "fork", false }, { "[uv]fork", "vfork", true }, { "clone*", "clone3-vm", true },
	{ "", "fork", false }, { "*", "fork", true }, { "FORK", "fork", false },
};

START_TEST(word_matches)
{
	ck_assert_int_eq(units_word_matches(globs[_i].pattern, globs[_i].name),
			 globs[_i].matches);
}
END_TEST

static Suite *units_suite(void)
{
	Suite *suite = suite_create("units");
	TCase *numbers = tcase_create("numbers"), *words = tcase_create("lists");

	tcase_add_loop_test(numbers, size, 0, COUNT_OF(sizes));
	tcase_add_loop_test(numbers, count, 0, COUNT_OF(counts));
	tcase_add_loop_test(numbers, time_span, 0, COUNT_OF(times));
	tcase_add_loop_test(numbers, time_is_shown, 0, COUNT_OF(shown_times));
	tcase_add_loop_test(numbers, time_is_shown_without_exponent, 0, COUNT_OF(near_steps));
	tcase_add_loop_test(numbers, size_is_shown, 0, COUNT_OF(shown_sizes));
	tcase_add_test(numbers, shown_text_is_bounded);
	tcase_add_loop_test(words, list_is_split, 0, COUNT_OF(lists));
	tcase_add_test(words, no_list_is_freed);
	tcase_add_loop_test(words, word_matches, 0, COUNT_OF(globs));
	suite_add_tcase(suite, numbers);
	suite_add_tcase(suite, words);
	return suite;
}

int main(void)
{
	return suite_run(units_suite());
}
