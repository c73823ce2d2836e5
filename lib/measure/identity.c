/* SPDX-License-Identifier: MIT */
#include "measure/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/build-id.h"

#define KIND_KEY "handoff-worker"
/* kind, version, build */
#define BUILD_STRINGS 3
#define ALIGNMENT 8
/* Of a key and of a value that are told: a reason has room for two of them. */
#define KEY_BYTES 24
#define TOLD_BYTES 58

struct text {
	char *at;
	size_t left;
};

/* The next string; false when it does not fit. */
static bool advance(struct text *text, int length)
{
	if (length < 0 || (size_t)length >= text->left)
		return false;
	text->at += length + 1;
	text->left -= (size_t)length + 1;
	return true;
}

static bool write_build(const struct job_kind *kind, struct text *text)
{
	return advance(text, snprintf(text->at, text->left, KIND_KEY "=%s", kind->name)) &&
	       advance(text, snprintf(text->at, text->left, "version=%s", PACKAGE_VERSION)) &&
	       advance(text, snprintf(text->at, text->left, "build=%s", build_id));
}

static size_t aligned(size_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

long identity_write(const struct job_kind *kind, const void *job, char *text)
{
	struct text rest = { text, IDENTITY_BYTES_MAX - ALIGNMENT };
	bool fits = write_build(kind, &rest);
	size_t bytes;

	for (const struct job_key *key = kind->keys; key->name && fits; key++)
		fits = advance(&rest, job_print(key, job, rest.at, rest.left));
	if (!fits)
		return -E2BIG;
	memset(rest.at, 0, ALIGNMENT);
	bytes = aligned((size_t)(rest.at - text) + 1);
	return (long)bytes;
}

long identity_length(const char *text, size_t bytes)
{
	static const char first[] = KIND_KEY "=";
	size_t at = 0, known = bytes < sizeof(first) - 1 ? bytes : sizeof(first) - 1;

	if (memcmp(text, first, known))
		return -EBADMSG;
	while (at < bytes && text[at]) {
		size_t length = strnlen(text + at, bytes - at);

		at += length + (length < bytes - at);
	}
	if (at > IDENTITY_BYTES_MAX - ALIGNMENT)
		return -EBADMSG;
	return at < bytes && aligned(at + 1) <= bytes ? (long)aligned(at + 1) : 0;
}

/* "key=value": the length of the key. */
static int key_length(const char *string)
{
	return (int)strcspn(string, "=");
}

static const char *value_of(const char *string)
{
	const char *equals = strchr(string, '=');

	return equals ? equals + 1 : "(none)";
}

/* Worker's words, that are shown: no more than a line of them. */
static void copy_told(const char *string, char ret[TOLD_BYTES])
{
	snprintf(ret, TOLD_BYTES, "%s", string);
	for (; *ret; ret++)
		if ((unsigned char)*ret < ' ' || *ret == 0x7f)
			*ret = '?';
}

static void describe(const char *expected, const char *said, char *ret_reason)
{
	char key[KEY_BYTES], wanted[TOLD_BYTES], got[TOLD_BYTES];
	int length = key_length(expected);

	copy_told(value_of(expected), wanted);
	copy_told(value_of(said), got);
	snprintf(key, sizeof(key), "%.*s", length, expected);
	if (!*expected)
		snprintf(ret_reason, IDENTITY_REASON_BYTES, "the worker says more than it was asked");
	else if (length != key_length(said) || memcmp(expected, said, (size_t)length))
		snprintf(ret_reason, IDENTITY_REASON_BYTES, "the worker does not say by which %s it "
			 "has measured", key);
	else
		snprintf(ret_reason, IDENTITY_REASON_BYTES, "the worker says %s=%s, and the job was "
			 "%s=%s", key, got, key, wanted);
}

/* The first of so many strings in which they differ; NULL: none. */
static const char *find_difference(const char *expected, const char **said, int strings)
{
	for (int i = 0; i < strings && (*expected || **said); i++) {
		if (strcmp(expected, *said))
			return expected;
		expected += strlen(expected) + 1;
		*said += strlen(*said) + 1;
	}
	return NULL;
}

bool identity_agrees(const char *expected, const char *said, char *ret_reason)
{
	const char *difference = find_difference(expected, &said, IDENTITY_BYTES_MAX);

	if (difference)
		describe(difference, said, ret_reason);
	return !difference;
}

bool identity_is_same_build(const char *one, const char *other)
{
	return !find_difference(one, &other, BUILD_STRINGS);
}

void identity_describe(const char *said, char *ret)
{
	static const char *const words[BUILD_STRINGS] = { "a worker of kind", ", version", ", build" };
	char value[TOLD_BYTES];
	int length = 0;

	for (int i = 0; i < BUILD_STRINGS && *said; i++, said += strlen(said) + 1) {
		copy_told(value_of(said), value);
		length += snprintf(ret + length, IDENTITY_REASON_BYTES - (size_t)length, "%s %s", words[i],
				   value);
	}
}
