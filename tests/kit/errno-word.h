/* SPDX-License-Identifier: MIT */
/*
 * errno-word - an error as a test says it: "EIO (Input/output error)".
 *
 * 0 is "no error".  Takes -errno and errno.  The text is the caller's until the eighth
 * call after this one.
 */
#ifndef HANDOFF_TESTS_ERRNO_WORD_H
#define HANDOFF_TESTS_ERRNO_WORD_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERRNO_WORDS 8
#define ERRNO_WORD_BYTES 96

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 32)
#define HAS_ERRNO_NAMES 1
#endif
#endif

/* NULL where libc does not know. */
static inline const char *errno_name(int number)
{
#ifdef HAS_ERRNO_NAMES
	return strerrorname_np(number);
#else
	(void)number;
	return NULL;
#endif
}

static inline const char *errno_word(int error)
{
	static char texts[ERRNO_WORDS][ERRNO_WORD_BYTES];
	static unsigned int turn;
	char *text = texts[turn++ % ERRNO_WORDS];
	const char *name = errno_name(abs(error));

	if (!error)
		return "no error";
	if (name)
		snprintf(text, ERRNO_WORD_BYTES, "%s (%s)", name, strerror(abs(error)));
	else
		snprintf(text, ERRNO_WORD_BYTES, "errno %d (%s)", abs(error), strerror(abs(error)));
	return text;
}

/* For a call that returns 0 or -errno. */
#define ck_assert_error(call, expected) do { \
	int has_ = (call), wanted_ = (expected); \
	ck_assert_msg(has_ == wanted_, "%s: %s, not %s", #call, errno_word(has_), \
		      errno_word(wanted_)); \
} while (0)

/* For a call that returns 0, or -1 and errno. */
#define ck_assert_call(call) \
	ck_assert_msg((call) == 0, "%s: %s", #call, errno_word(errno))

#endif
