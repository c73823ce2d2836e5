/* SPDX-License-Identifier: MIT */
/*
 * plan/shared-input - what the workers of a run share, made once before the first of them.
 *
 * Words that every worker's job has ("file=/proc/1234/fd/5"), and descriptors that
 * have to stay open for them.  A tool's prepare() fills one; done() takes a zeroed
 * one.  One owner.
 */
#ifndef HANDOFF_SHARED_INPUT_H
#define HANDOFF_SHARED_INPUT_H

#include <signal.h>
#include <stddef.h>

#define SHARED_INPUT_WORDS_MAX 4
#define SHARED_INPUT_WORD_BYTES 256

struct shared_input {
	char words[SHARED_INPUT_WORDS_MAX][SHARED_INPUT_WORD_BYTES];
	int files[SHARED_INPUT_WORDS_MAX];  /* of each word; -1: none */
	size_t count;
	/* Set by our handlers: who fills this ends with -EINTR then.  NULL: none. */
	const volatile sig_atomic_t *signal;
};

/* A file that every worker opens anew, by the name that it has in /proc as long as
 * we live: "KEY=/proc/PID/fd/N".  The shared input owns the descriptor then.  0, or
 * -ENOSPC and it is closed. */
int shared_input_add_file(struct shared_input *shared_input, const char *key, int file);

/* "KEY=WORD".  0 or -ENOSPC. */
int shared_input_add_word(struct shared_input *shared_input, const char *key, const char *word);

void shared_input_done(struct shared_input *shared_input);

#endif
