/* SPDX-License-Identifier: MIT */
#include "tool/selftest-print.h"

#include <errno.h>
#include <jansson.h>

#include "render/render.h"

static const char *const outcome_words[] = {
	[SELFTEST_HOLDS] = "ok",
	[SELFTEST_FAILS] = "FAILED",
	[SELFTEST_NOT_CHECKED] = "not checked",
};

/* The sentence that ends it all. */
static void conclude(const struct selftest_outline *outline, char *ret, size_t size)
{
	size_t failed = selftest_count(outline->answers, SELFTEST_FAILS);
	size_t unchecked = selftest_count(outline->answers, SELFTEST_NOT_CHECKED);

	if (failed)
		snprintf(ret, size, "The harness cannot be believed here: %zu of %d checks failed.",
			 failed, SELFTEST_CHECKS);
	else if (unchecked == SELFTEST_CHECKS)
		snprintf(ret, size, "Nothing is known of the harness here: no check could be made.");
	else if (unchecked)
		snprintf(ret, size, "The harness can be believed here: %zu of %d checks hold, "
			 "%zu could not be made.", SELFTEST_CHECKS - unchecked, SELFTEST_CHECKS,
			 unchecked);
	else
		snprintf(ret, size, "The harness can be believed here: all %d checks hold.",
			 SELFTEST_CHECKS);
}

static bool is_noise(const struct warning *warning)
{
	return warning->severity != WARNING_INFORM;
}

static void print_noise(const struct selftest_outline *outline, FILE *stream)
{
	size_t told = 0;

	for (size_t i = 0; i < outline->noise_count; i++) {
		const struct warning *noise = &outline->noise[i];

		if (!is_noise(noise))
			continue;
		fprintf(stream, "Noise seen, %s: %s; %s.\n", noise->check, noise->found,
			noise->effect);
		told++;
	}
	if (!told)
		fputs("No noise was seen.\n", stream);
}

static void print_table(const struct selftest_outline *outline, const char *conclusion,
			FILE *stream)
{
	fprintf(stream, "%-11s %-36s %-27s\n", "check", "expected", "found");
	for (size_t i = 0; i < SELFTEST_CHECKS; i++) {
		const struct selftest_answer *answer = &outline->answers[i];

		fprintf(stream, "%-11s %-36s %-27s %s\n", answer->check, answer->verdict.expected,
			answer->verdict.found, outcome_words[answer->outcome]);
	}
	fputc('\n', stream);
	if (selftest_count(outline->answers, SELFTEST_FAILS))
		print_noise(outline, stream);
	fprintf(stream, "%s\n", conclusion);
}

static int print_object(json_t *object, FILE *stream)
{
	int error = object ? json_dumpf(object, stream, JSON_COMPACT | JSON_REAL_PRECISION(12)) : -1;

	json_decref(object);
	fputc('\n', stream);
	return error ? -ENOMEM : 0;
}

/* What is missing is absent: a check that was not made is neither ok nor not. */
static json_t *answer_object(const struct selftest_answer *answer)
{
	const struct selftest_verdict *verdict = &answer->verdict;

	if (answer->outcome == SELFTEST_NOT_CHECKED)
		return json_pack("{s:s,s:s,s:s}", "record", "selftest", "check", answer->check,
				 "reason", verdict->found);
	return json_pack("{s:s,s:s,s:s,s:s,s:b}", "record", "selftest", "check", answer->check,
			 "expected", *verdict->expected ? verdict->expected : "a result",
			 "found", verdict->found, "ok", answer->outcome == SELFTEST_HOLDS);
}

static json_t *noise_array(const struct selftest_outline *outline)
{
	json_t *array = json_array();

	for (size_t i = 0; i < outline->noise_count; i++) {
		const struct warning *noise = &outline->noise[i];

		if (is_noise(noise))
			json_array_append_new(array, json_pack("{s:s,s:s,s:s,s:s}",
							       "check", noise->check,
							       "found", noise->found,
							       "effect", noise->effect,
							       "fix", noise->fix));
	}
	return array;
}

static int print_json(const struct selftest_outline *outline, const char *conclusion,
		      FILE *stream)
{
	int error = 0;

	for (size_t i = 0; i < SELFTEST_CHECKS && !error; i++)
		error = print_object(answer_object(&outline->answers[i]), stream);
	if (error)
		return error;
	return print_object(json_pack("{s:s,s:f,s:o,s:i,s:[s]}", "record", "end",
				      "elapsed_s", outline->elapsed_s,
				      "warnings", noise_array(outline),
				      "status", outline->status,
				      "answer", conclusion), stream);
}

static const char *const outcome_booleans[] = {
	[SELFTEST_HOLDS] = "true",
	[SELFTEST_FAILS] = "false",
	[SELFTEST_NOT_CHECKED] = "",
};

static void print_csv(const struct selftest_outline *outline, FILE *stream)
{
	fputs("check,expected,found,ok\n", stream);
	for (size_t i = 0; i < SELFTEST_CHECKS; i++) {
		const struct selftest_answer *answer = &outline->answers[i];

		fprintf(stream, "%s,", answer->check);
		render_csv_text(answer->verdict.expected, stream);
		fputc(',', stream);
		render_csv_text(answer->verdict.found, stream);
		fprintf(stream, ",%s\n", outcome_booleans[answer->outcome]);
	}
}

int selftest_print(const struct selftest_outline *outline, enum output_format format,
		   FILE *stream)
{
	char conclusion[160];
	int error = 0;

	conclude(outline, conclusion, sizeof(conclusion));
	if (format == FORMAT_JSON)
		error = print_json(outline, conclusion, stream);
	else if (format == FORMAT_CSV)
		print_csv(outline, stream);
	else
		print_table(outline, conclusion, stream);
	return error ? error : ferror(stream) ? -EIO : 0;
}
