/* SPDX-License-Identifier: MIT */
#include "results/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/summary-groups.h"

void answer_begin(struct answer *ret, const struct results *results)
{
	ret->results = results;
	ret->count = 0;
	ret->sentences = calloc(ANSWER_SENTENCES_MAX + 1, sizeof(*ret->sentences));
}

void answer_say(struct answer *answer, const char *format, ...)
{
	va_list arguments;
	char *sentence;

	va_start(arguments, format);
	if (answer->count < ANSWER_SENTENCES_MAX && vasprintf(&sentence, format, arguments) != -1)
		answer->sentences[answer->count++] = sentence;
	va_end(arguments);
}

bool answer_is_of(const struct result *result, const char *metric, const char *mechanism)
{
	return result->is_verified && !strcmp(result->metric->name, metric) &&
	       !strcmp(result->cell->mechanism->name, mechanism);
}

const struct result *answer_beside(const struct answer *answer, const struct result *result,
				   const char *mechanism)
{
	const struct result *found = NULL;

	for (size_t i = 0; i < answer->results->result_count; i++) {
		const struct result *other = &answer->results->results[i];

		if (!answer_is_of(other, result->metric->name, mechanism) ||
		    !summary_same_circumstances(answer->results->plan, other->cell, result->cell, -1))
			continue;
		if (found)
			return NULL;
		found = other;
	}
	return found;
}

double answer_figure(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result->figure_count; i++)
		if (!strcmp(result->figures[i].name, name))
			return result->figures[i].value;
	return -1;
}

void answer_format_ratio(const struct interval *ratio, char *ret, size_t size)
{
	const char *format = ratio->mid < 10 ? "%.2f times [%.2f, %.2f]" : "%.1f times [%.1f, %.1f]";

	snprintf(ret, size, format, ratio->mid, ratio->lo, ratio->hi);
}
