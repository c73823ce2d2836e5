/* SPDX-License-Identifier: MIT */
/*
 * tool/output-trial - what the tests of output.h share: a folder of their own, and looks
 * at what lies in it.
 *
 * trial_set_up() makes the folder and the path of an answer in it.  Never as root:
 * there a broken output_write() would put a file in the place of /dev/null, for the
 * whole machine.
 */
#ifndef HANDOFF_TESTS_OUTPUT_TRIAL_H
#define HANDOFF_TESTS_OUTPUT_TRIAL_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fake-root.h"
#include "tool/output.h"

#define TRIAL_NOBODY 65534

static struct fake_root root;
static char path[FAKE_PATH_MAX];

static void trial_set_up(void)
{
	fake_root_new(&root);
	snprintf(path, sizeof(path), "%s/answer", root.path);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(root.path, TRIAL_NOBODY, (gid_t)-1), 0);
	ck_assert_int_eq(seteuid(TRIAL_NOBODY), 0);
	/* /proc/self is ours again */
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	ck_assert_int_ne(euidaccess("/dev", W_OK), 0);
}

static void trial_tear_down(void)
{
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	fake_root_free(&root);
}

/* Both steps at once. */
static inline int write_bytes(const char *to, const char *text, size_t bytes)
{
	const char *reason = NULL;
	struct output output;
	int error = output_open(&output, to, NULL, &reason);

	if (!error)
		error = output_write(&output, text, bytes);
	output_close(&output);
	return error;
}

static inline int write_text(const char *text)
{
	return write_bytes(path, text, strlen(text));
}

static inline void check_content(const char *file, const char *expected)
{
	char text[256] = "";
	int fd = open(file, O_RDONLY);

	ck_assert_msg(fd >= 0, "%s cannot be read", file);
	ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
	close(fd);
	ck_assert_str_eq(text, expected);
}

static inline int count_entries(const char *folder)
{
	DIR *directory = opendir(folder);
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

/* Nothing but these many files is left, whatever they are called. */
static inline void check_files(const char *folder, int expected)
{
	ck_assert_int_eq(count_entries(folder), expected);
}

#endif
