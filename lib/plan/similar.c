/* SPDX-License-Identifier: MIT */
#include "plan/similar.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Shorter ones are in too many names. */
#define PART_LEAST 3
#define LETTERS_PER_MISTAKE 3

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static bool is_swap(const char *a, const char *b, size_t i, size_t j)
{
	return i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]);
}

/* Mistakes that make b of a; of neither more than SIMILAR_WORD_MOST letters. */
static size_t count_mistakes(const char *a, const char *b)
{
	/* Of the first i letters of a and the first j of b; three rows are enough. */
	size_t rows[3][SIMILAR_WORD_MOST + 1];
	size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= strlen(a); i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1,
				       above[j - 1] + !is_same(a[i - 1], b[j - 1]));
			if (is_swap(a, b, i, j))
				row[j] = least(row[j], higher[j - 2] + 1);
		}
	}
	return rows[strlen(a) % 3][length];
}

bool similar_is(const char *word, const char *name)
{
	size_t length = strlen(word);

	if (length > SIMILAR_WORD_MOST || strlen(name) > SIMILAR_WORD_MOST)
		return false;
	if (length >= PART_LEAST && strcasestr(name, word))
		return true;
	return count_mistakes(word, name) <= length / LETTERS_PER_MISTAKE;
}
