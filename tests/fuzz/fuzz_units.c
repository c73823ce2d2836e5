/* SPDX-License-Identifier: MIT */
/* units: a text as a size, a count, a time, a list, a glob and a policy. */
#include <ctype.h>
#include <errno.h>
#include <math.h>

#include "fuzz.h"
#include "plan/sched-word.h"
#include "plan/units.h"

#define UNTOUCHED 4711

/* "64 MiB" as people are shown it, as they would type it. */
static void drop_blanks(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != ' ')
			*to++ = *text;
	*to = 0;
}

static void check_size(const char *text)
{
	uint64_t bytes = UNTOUCHED, again = 0;
	int error = units_parse_size(text, &bytes);
	char shown[64];

	FUZZ_CLAIM(error == 0 || error == -EINVAL || error == -ERANGE);
	FUZZ_CLAIM(!error || bytes == UNTOUCHED);
	if (error)
		return;
	FUZZ_CLAIM(isdigit((unsigned char)*text) && !strpbrk(text, "xX, "));
	snprintf(shown, sizeof(shown), "%llu", (unsigned long long)bytes);
	FUZZ_CLAIM(!units_parse_size(shown, &again) && again == bytes);
	units_format_size(bytes, shown, sizeof(shown));
	drop_blanks(shown);
	/* Four digits of 1.001 KiB are no whole number of bytes, or may be too many. */
	error = units_parse_size(shown, &again);
	FUZZ_CLAIM(!error || error == -EINVAL || bytes > 1ull << 52);
	FUZZ_CLAIM(error || fabs((double)again - (double)bytes) <= 6e-4 * (double)bytes);
}

static void check_count(const char *text)
{
	uint64_t count = UNTOUCHED, again = 0;
	int error = units_parse_count(text, &count);
	char shown[64];

	FUZZ_CLAIM(error == 0 || error == -EINVAL || error == -ERANGE);
	FUZZ_CLAIM(!error || count == UNTOUCHED);
	if (error)
		return;
	FUZZ_CLAIM(isdigit((unsigned char)*text));
	snprintf(shown, sizeof(shown), "%llu", (unsigned long long)count);
	FUZZ_CLAIM(!units_parse_count(shown, &again) && again == count);
}

static void check_time(const char *text)
{
	double ns = UNTOUCHED, again = 0;
	int error = units_parse_time(text, &ns);
	char shown[400];

	FUZZ_CLAIM(error == 0 || error == -EINVAL || error == -ERANGE);
	FUZZ_CLAIM(!error || ns == UNTOUCHED);
	if (error)
		return;
	FUZZ_CLAIM(isdigit((unsigned char)*text) && isfinite(ns) && !signbit(ns));
	snprintf(shown, sizeof(shown), "%.17gns", ns);
	FUZZ_CLAIM(!units_parse_time(shown, &again) && again == ns);
	units_format_time(ns, shown, sizeof(shown));
	drop_blanks(shown);
	FUZZ_CLAIM(!units_parse_time(shown, &again));
	FUZZ_CLAIM(fabs(again - ns) <= 6e-3 * ns);
}

/* What was split is whole again with commas between. */
static void check_list(const char *text)
{
	size_t count = 0, length = 0;
	char **words = units_split_list(text, &count);

	FUZZ_CLAIM(words && count && !words[count]);
	for (size_t i = 0; i < count; i++) {
		size_t span = strlen(words[i]);

		FUZZ_CLAIM(!memcmp(text + length, words[i], span));
		FUZZ_CLAIM(!strchr(words[i], ',') || !strncmp(words[i], "cpu:", 4));
		length += span;
		FUZZ_CLAIM(text[length] == (i + 1 < count ? ',' : 0));
		length++;
	}
	units_free_list(words);
}

static void check_glob(const char *text)
{
	static const char *const names[] = {
		"", "fork", "posix-shm+pthread", "uring-provided-buffers-multishot",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		FUZZ_CLAIM(strcmp(text, names[i]) || units_word_matches(text, names[i]));
}

static void check_policy(const char *text)
{
	struct sched_policy policy;
	int error = sched_word_parse(text, &policy);

	FUZZ_CLAIM(error == 0 || error == -EINVAL);
	FUZZ_CLAIM(error || policy.priority <= 99);
	FUZZ_CLAIM(error || policy.runtime_ns <= policy.period_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_size(text);
	check_count(text);
	check_time(text);
	check_list(text);
	check_glob(text);
	check_policy(text);
	free(text);
	return 0;
}
