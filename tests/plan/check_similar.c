/* SPDX-License-Identifier: MIT */
/* check_similar - which names a mistyped word may have meant: lib/plan/similar */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plan/similar.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *word, *name;
	bool is_similar;
} pairs[] = {
	/* a letter that is missing, too much, another one, or swapped */
	{ "pip", "pipe", true }, { "pipee", "pipe", true }, { "pipa", "pipe", true },
	{ "ppie", "pipe", true }, { "vofrk", "vfork", true },
	{ "ptread", "pthread", true }, { "posix_spawn", "posix-spawn", true },
	/* case */
	{ "PIPE", "pipe", true }, { "TCP", "tcp6", true },
	/* one in three letters, not more */
	{ "pxxe", "pipe", false }, { "forkk", "vfork", false }, { "frokexec", "fork-exec", true },
	/* parts, from three letters on */
	{ "socket", "uring-socket", true }, { "sem", "posix-sem", true }, { "m", "memfd", false },
	{ "sm", "shm", false }, { "unix", "unix-stream", true },
	/* nothing like it */
	{ "", "pipe", false }, { "wasp", "pipe", false }, { "fork", "pipe", false },
	/* the name itself */
	{ "pipe", "pipe", true },
};

START_TEST(similarity)
{
	ck_assert_msg(similar_is(pairs[_i].word, pairs[_i].name) == pairs[_i].is_similar, "%s %s",
		      pairs[_i].word, pairs[_i].name);
}
END_TEST

START_TEST(long_words_are_similar_to_nothing)
{
	char word[SIMILAR_WORD_MOST + 2];

	memset(word, 'a', sizeof(word));
	word[SIMILAR_WORD_MOST + 1] = '\0';
	ck_assert(!similar_is(word, word));
	ck_assert(similar_is(word + 1, word + 1));
}
END_TEST

static Suite *similar_suite(void)
{
	Suite *suite = suite_create("similar");
	TCase *tcase = tcase_create("similar");

	tcase_add_loop_test(tcase, similarity, 0, COUNT_OF(pairs));
	tcase_add_test(tcase, long_words_are_similar_to_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(similar_suite());
}
