/* SPDX-License-Identifier: MIT */
/* check_io_file - lib/engine/round/io-file.h: the file of the requests, its pages in the cache. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "engine/lane.h"
#include "engine/round/io-file.h"
#include "../kit/suite.h"

#define BYTES ((uint64_t)1536 * 1024 + 8)
#define PAGES ((int64_t)(BYTES / IO_FILE_PAGE_BYTES + 1))
#define TMPFS 0x01021994

static int create(void)
{
	int file = io_file_create(".", BYTES, NULL);

	ck_assert_int_ge(file, 0);
	return file;
}

START_TEST(a_new_file_has_the_pattern_and_no_name)
{
	const struct engine_load load = { .seed = 0 };
	int file = create();
	struct stat status;
	uint64_t word;

	ck_assert_int_eq(fstat(file, &status), 0);
	ck_assert_uint_eq((uint64_t)status.st_size, BYTES);
	ck_assert_uint_eq(status.st_nlink, 0);
	/* No hole. */
	ck_assert_uint_ge((uint64_t)status.st_blocks * 512, BYTES);
	for (uint64_t at = 0; at < BYTES; at += 8) {
		ck_assert_int_eq(pread(file, &word, sizeof(word), (off_t)at), sizeof(word));
		ck_assert_uint_eq(word, engine_pattern(&load, at));
	}
	close(file);
}
END_TEST

START_TEST(warm_is_in_memory_and_cool_is_not)
{
	int file = create();
	struct statfs system;

	ck_assert_int_eq(fstatfs(file, &system), 0);
	ck_assert_int_eq(io_file_warm(file, BYTES), 0);
	ck_assert_int_eq(io_file_cached_pages(file, BYTES), PAGES);
	ck_assert_int_eq(io_file_cool(file, BYTES), 0);
	/* There, memory is all that there is. */
	if (system.f_type != TMPFS)
		ck_assert_int_le(io_file_cached_pages(file, BYTES), 1);
	ck_assert_int_eq(io_file_warm(file, BYTES), 0);
	ck_assert_int_eq(io_file_cached_pages(file, BYTES), PAGES);
	close(file);
}
END_TEST

START_TEST(what_cannot_be_is_an_error)
{
	int file = create();

	ck_assert_int_eq(io_file_create("/no/such/folder", BYTES, NULL), -ENOENT);
	ck_assert_int_eq(io_file_warm(file, 2 * BYTES), -EIO);
	close(file);
	ck_assert_int_eq(io_file_warm(1000, BYTES), -EBADF);
	ck_assert_int_eq(io_file_cool(1000, BYTES), -EBADF);
	ck_assert_int_eq(io_file_cached_pages(1000, BYTES), -EBADF);
}
END_TEST

/* What may take minutes to fill is not filled for nobody. */
START_TEST(a_signal_ends_the_filling)
{
	const volatile sig_atomic_t none = 0, caught = SIGTERM;
	int before = dup(0), after, file = io_file_create(".", BYTES, &none);

	ck_assert_int_ge(file, 0);
	close(file);
	ck_assert_int_eq(io_file_create(".", BYTES, &caught), -EINTR);
	/* Nor is it left open. */
	close(before);
	after = dup(0);
	ck_assert_int_eq(after, before);
	close(after);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io-file");
	TCase *tcase = tcase_create("io-file");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_new_file_has_the_pattern_and_no_name);
	tcase_add_test(tcase, warm_is_in_memory_and_cool_is_not);
	tcase_add_test(tcase, what_cannot_be_is_an_error);
	tcase_add_test(tcase, a_signal_ends_the_filling);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
