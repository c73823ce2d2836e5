/* SPDX-License-Identifier: MIT */
#include "plan/units.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct suffix {
	const char *text;
	double factor;
};

static const struct suffix size_suffixes[] = {
	{ "", 1 }, { "B", 1 },
	{ "k", 1024.0 }, { "K", 1024.0 }, { "kB", 1024.0 }, { "KB", 1024.0 },
	{ "KiB", 1024.0 }, { "kiB", 1024.0 },
	{ "M", 1048576.0 }, { "MB", 1048576.0 }, { "MiB", 1048576.0 },
	{ "G", 1073741824.0 }, { "GB", 1073741824.0 }, { "GiB", 1073741824.0 },
	{ NULL, 0 },
};

static const struct suffix count_suffixes[] = {
	{ "", 1 }, { "k", 1e3 }, { "M", 1e6 }, { "G", 1e9 }, { NULL, 0 },
};

static const struct suffix time_suffixes[] = {
	{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "", 1e9 }, { "m", 60e9 },
	{ NULL, 0 },
};

static int parse(const char *text, const struct suffix *suffixes, double *ret)
{
	char *end;
	double value;

	/* strtod() also takes signs, blanks, hexadecimals, inf and nan: we do not. */
	if (!isdigit((unsigned char)*text) || (text[0] == '0' && tolower(text[1]) == 'x'))
		return -EINVAL;
	errno = 0;
	value = strtod(text, &end);
	if (errno)
		return -ERANGE;
	for (; suffixes->text; suffixes++)
		if (!strcmp(end, suffixes->text)) {
			if (!isfinite(value * suffixes->factor))
				return -ERANGE;
			*ret = value * suffixes->factor;
			return 0;
		}
	return -EINVAL;
}

static int parse_whole(const char *text, const struct suffix *suffixes, uint64_t *ret)
{
	double value;
	int error = parse(text, suffixes, &value);

	if (error)
		return error;
	if (value != floor(value))
		return -EINVAL;
	if (value >= 9007199254740992.0)
		return -ERANGE;
	*ret = (uint64_t)value;
	return 0;
}

int units_parse_size(const char *text, uint64_t *ret_bytes)
{
	return parse_whole(text, size_suffixes, ret_bytes);
}

int units_parse_count(const char *text, uint64_t *ret_count)
{
	return parse_whole(text, count_suffixes, ret_count);
}

int units_parse_time(const char *text, double *ret_ns)
{
	return parse(text, time_suffixes, ret_ns);
}

void units_format_time(double ns, char *ret, size_t size)
{
	double magnitude = fabs(ns);

	/* Three digits: 999.6 ns would be 1e+03 ns. */
	if (magnitude < 999.5)
		snprintf(ret, size, "%.3g ns", ns);
	else if (magnitude < 999.5e3)
		snprintf(ret, size, "%.3g us", ns / 1e3);
	else if (magnitude < 999.5e6)
		snprintf(ret, size, "%.3g ms", ns / 1e6);
	else
		snprintf(ret, size, magnitude < 999.5e9 ? "%.3g s" : "%.0f s", ns / 1e9);
}

void units_format_size(uint64_t bytes, char *ret, size_t size)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB" };
	int unit = 0;
	double value = (double)bytes;

	while (unit < 3 && value >= 1024) {
		value /= 1024;
		unit++;
	}
	snprintf(ret, size, "%.4g %s", value, names[unit]);
}

/* Where the word that starts at text ends. */
static const char *word_end(const char *text)
{
	const char *comma = strchrnul(text, ',');

	if (*comma && !strncmp(text, "cpu:", 4) && isdigit((unsigned char)comma[1]))
		comma = strchrnul(comma + 1, ',');
	return comma;
}

static size_t count_words(const char *text)
{
	size_t count = 1;

	for (const char *end = word_end(text); *end; end = word_end(end + 1))
		count++;
	return count;
}

char **units_split_list(const char *text, size_t *ret_count)
{
	size_t count = count_words(text);
	char **list = calloc(count + 1, sizeof(*list));

	for (size_t i = 0; list && i < count; i++) {
		const char *end = word_end(text);

		list[i] = strndup(text, (size_t)(end - text));
		if (!list[i]) {
			units_free_list(list);
			return NULL;
		}
		text = end + 1;
	}
	*ret_count = count;
	return list;
}

void units_free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

bool units_word_matches(const char *pattern, const char *name)
{
	return !strcmp(pattern, "all") || !fnmatch(pattern, name, 0);
}
