/* SPDX-License-Identifier: MIT */
/*
 * results/answer - helps a tool to write its answer in sentences.
 *
 * Sentences are a NULL-terminated array, owned by the caller of the tool's
 * function; ANSWER_SENTENCES_MAX of them at most, further ones are dropped.
 */
#ifndef HANDOFF_ANSWER_H
#define HANDOFF_ANSWER_H

#include "results/record.h"
#include "statistics/statistics.h"

#define ANSWER_SENTENCES_MAX 64

struct answer {
	const struct results *results;
	char **sentences;              /* NULL: no memory */
	size_t count;
};

void answer_begin(struct answer *ret, const struct results *results);

__attribute__((format(printf, 2, 3)))
void answer_say(struct answer *answer, const char *format, ...);

/* Proved, of this metric and mechanism. */
bool answer_is_of(const struct result *result, const char *metric, const char *mechanism);

/* The other mechanism's result under the same circumstances, if there is just one. */
const struct result *answer_beside(const struct answer *answer, const struct result *result,
				   const char *mechanism);

/* A figure of this name; -1: it has none. */
double answer_figure(const struct result *result, const char *name);

/* "2.31 times [2.11, 2.58]" */
void answer_format_ratio(const struct interval *ratio, char *ret, size_t size);

#endif
