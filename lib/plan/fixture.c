/* SPDX-License-Identifier: MIT */
#include "plan/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int fixture_add_word(struct fixture *fixture, const char *key, const char *word)
{
	int length;

	if (fixture->count == FIXTURE_WORDS_MAX)
		return -ENOSPC;
	length = snprintf(fixture->words[fixture->count], FIXTURE_WORD_BYTES, "%s=%s", key, word);
	if (length < 0 || length >= FIXTURE_WORD_BYTES)
		return -ENOSPC;
	fixture->files[fixture->count++] = -1;
	return 0;
}

int fixture_add_file(struct fixture *fixture, const char *key, int file)
{
	char path[64];
	int error;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), file);
	error = fixture_add_word(fixture, key, path);
	if (error)
		close(file);
	else
		fixture->files[fixture->count - 1] = file;
	return error;
}

void fixture_done(struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->count; i++)
		if (fixture->files[i] >= 0)
			close(fixture->files[i]);
	fixture->count = 0;
}
