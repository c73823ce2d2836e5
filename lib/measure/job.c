/* SPDX-License-Identifier: MIT */
#include "measure/job.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct job_key *find_key(const struct job_key *keys, const char *word, size_t length)
{
	for (; keys->name; keys++)
		if (strlen(keys->name) == length && !memcmp(keys->name, word, length))
			return keys;
	return NULL;
}

/* strtol() and its like skip blanks: we do not. */
static int starts_a_number(const char *text)
{
	return (*text >= '0' && *text <= '9') || *text == '-';
}

static int set_int(int *to, const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || !starts_a_number(text) || end == text || *end || value < INT_MIN || value > INT_MAX)
		return -EINVAL;
	*to = (int)value;
	return 0;
}

static int set_u64(uint64_t *to, const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || !starts_a_number(text) || *text == '-' || end == text || *end)
		return -EINVAL;
	*to = value;
	return 0;
}

static int set_double(double *to, const char *text)
{
	char *end;
	double value;

	/* strtod() also takes hexadecimals, inf and nan: we do not. */
	if (!starts_a_number(text) || strpbrk(text, "xX"))
		return -EINVAL;
	errno = 0;
	value = strtod(text, &end);
	if (errno || end == text || *end || !isfinite(value))
		return -EINVAL;
	*to = value;
	return 0;
}

static int set_value(const struct job_key *key, void *job, const char *text)
{
	void *field = (char *)job + key->offset;

	switch (key->type) {
	case JOB_INT:
		return set_int(field, text);
	case JOB_U64:
		return set_u64(field, text);
	case JOB_DOUBLE:
		return set_double(field, text);
	case JOB_WORD:
		*(const char **)field = text;
		return 0;
	}
	return -EINVAL;
}

int job_print(const struct job_key *key, const void *job, char *ret, size_t size)
{
	const void *field = (const char *)job + key->offset;
	const char *word;

	switch (key->type) {
	case JOB_INT:
		return snprintf(ret, size, "%s=%d", key->name, *(const int *)field);
	case JOB_U64:
		return snprintf(ret, size, "%s=%" PRIu64, key->name, *(const uint64_t *)field);
	case JOB_DOUBLE:
		return snprintf(ret, size, "%s=%.17g", key->name, *(const double *)field);
	default:
		word = *(const char *const *)field;
		return snprintf(ret, size, "%s%s%s", key->name, word ? "=" : "", word ? word : "");
	}
}

int job_parse(const struct job_key *keys, int argc, char **argv, void *job,
	      const char **ret_word)
{
	for (int i = 0; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		const struct job_key *key;

		*ret_word = argv[i];
		if (!equals)
			return -EINVAL;
		key = find_key(keys, argv[i], (size_t)(equals - argv[i]));
		if (!key || set_value(key, job, equals + 1))
			return -EINVAL;
	}
	return 0;
}
