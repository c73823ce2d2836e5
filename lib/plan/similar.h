/* SPDX-License-Identifier: MIT */
/*
 * plan/similar - finds names that a mistyped word may have meant.
 *
 * A name is similar if it has the word in it, or is written like it but for a few letters
 * that are missing, too many, other ones or swapped: one in three, at most (the restricted
 * Damerau-Levenshtein distance).  Upper and lower case are the same.  Pure.
 */
#ifndef HANDOFF_SIMILAR_H
#define HANDOFF_SIMILAR_H

#include <stdbool.h>

/* Longer words are similar to nothing. */
#define SIMILAR_WORD_MOST 64

bool similar_is(const char *word, const char *name);

#endif
