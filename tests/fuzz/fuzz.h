/* SPDX-License-Identifier: MIT */
/*
 * fuzz - what the fuzz targets share.
 *
 * A target, fuzz_NAME.c, is LLVMFuzzerTestOneInput() and nothing that others could
 * call.  libFuzzer feeds it (make check-fuzz), or standalone.c with the files of
 * corpus/NAME (make check).  A claim that does not hold ends the program, as a
 * sanitizer's finding does; what the input is worth otherwise makes no difference.
 */
#ifndef HANDOFF_TESTS_FUZZ_H
#define HANDOFF_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CLAIM(claim) \
	do { \
		if (!(claim)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim); \
			abort(); \
		} \
	} while (0)

/* Input that is read byte by byte; past its end there are zeros. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}

static inline size_t fuzz_number(struct fuzz_input *input)
{
	size_t low = fuzz_byte(input);

	return low | (size_t)fuzz_byte(input) << 8;
}

/*
 * Dents in something that is whole, so that a corpus outlives a change of layout:
 * a place (two bytes), how many, and those bytes; an empty one is the last.
 */
static inline void fuzz_dent(struct fuzz_input *input, void *bytes, size_t count)
{
	uint8_t *to = bytes;

	for (;;) {
		size_t place = fuzz_number(input), length = fuzz_byte(input);

		if (!length || !input->left)
			return;
		for (; length; length--, place++)
			to[place % count] = fuzz_byte(input);
	}
}

/* A name in TMPDIR, which run.sh removes when a target could not. */
static inline void fuzz_temporary(char *ret, size_t size, const char *name)
{
	const char *folder = getenv("TMPDIR");

	snprintf(ret, size, "%s/%s", folder ? folder : "/tmp", name);
}

/* The input as a text, on the heap and no longer than it is; the caller's to free. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	FUZZ_CLAIM(text);
	return text;
}

#endif
