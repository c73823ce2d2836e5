/* SPDX-License-Identifier: MIT */
/*
 * plan/fixture - what the workers of a run share, made once before the first of them.
 *
 * Words that every worker's job has ("file=/proc/1234/fd/5"), and descriptors that
 * have to stay open for them.  A tool's prepare() fills one; done() takes a zeroed
 * one.  One owner.
 */
#ifndef HANDOFF_FIXTURE_H
#define HANDOFF_FIXTURE_H

#include <stddef.h>

#define FIXTURE_WORDS_MAX 4
#define FIXTURE_WORD_BYTES 256

struct fixture {
	char words[FIXTURE_WORDS_MAX][FIXTURE_WORD_BYTES];
	int files[FIXTURE_WORDS_MAX];  /* of each word; -1: none */
	size_t count;
};

/* A file that every worker opens anew, by the name that it has in /proc as long as
 * we live: "KEY=/proc/PID/fd/N".  The fixture owns the descriptor then.  0, or
 * -ENOSPC and it is closed. */
int fixture_add_file(struct fixture *fixture, const char *key, int file);

/* "KEY=WORD".  0 or -ENOSPC. */
int fixture_add_word(struct fixture *fixture, const char *key, const char *word);

void fixture_done(struct fixture *fixture);

#endif
