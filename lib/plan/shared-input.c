/* SPDX-License-Identifier: MIT */
#include "plan/shared-input.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel/proc-task.h"

int shared_input_add_word(struct shared_input *shared_input, const char *key, const char *word)
{
	int length;

	if (shared_input->count == SHARED_INPUT_WORDS_MAX)
		return -ENOSPC;
	length = snprintf(shared_input->words[shared_input->count], SHARED_INPUT_WORD_BYTES, "%s=%s", key, word);
	if (length < 0 || length >= SHARED_INPUT_WORD_BYTES)
		return -ENOSPC;
	shared_input->files[shared_input->count++] = -1;
	return 0;
}

int shared_input_add_file(struct shared_input *shared_input, const char *key, int file)
{
	const pid_t self = proc_number_of_us();
	char path[64];
	int error = self < 0 ? (int)self : 0;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)self, file);
	if (!error)
		error = shared_input_add_word(shared_input, key, path);
	if (error)
		close(file);
	else
		shared_input->files[shared_input->count - 1] = file;
	return error;
}

void shared_input_done(struct shared_input *shared_input)
{
	for (size_t i = 0; i < shared_input->count; i++)
		if (shared_input->files[i] >= 0)
			close(shared_input->files[i]);
	shared_input->count = 0;
}
