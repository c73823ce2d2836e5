/* SPDX-License-Identifier: MIT */
#include "plan/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"

/* Of one list; more is a mistake. */
#define VALUES_MOST 4096

static bool is_valid_word(const struct parameter *parameter, const char *word)
{
	const char *valid = parameter->words;
	size_t length = strlen(word);

	while (*valid) {
		size_t span = strcspn(valid, ",");

		if (span == length && !memcmp(valid, word, span) && strcmp(word, "PATH"))
			return true;
		if (span == 4 && !memcmp(valid, "PATH", 4) && *word == '/')
			return true;
		valid += span + (valid[span] == ',');
	}
	return false;
}

static int parse_word(struct maker *maker, const struct parameter *parameter, const char *text,
		      struct value *ret)
{
	if (!is_valid_word(parameter, text))
		return plan_refuse(maker, "--%s: '%s' is not valid: one of %s", parameter->name, text,
			      parameter->words);
	ret->word = plan_keep_text(maker->plan, text);
	return ret->word ? 0 : -ENOMEM;
}

static int parse_time(const char *text, uint64_t *ret_ns)
{
	double ns;
	int error = units_parse_time(text, &ns);

	if (error)
		return error;
	if (ns >= 9007199254740992.0)
		return -ERANGE;
	*ret_ns = (uint64_t)(ns + 0.5);
	return 0;
}

static int parse_quantity(enum parameter_type type, const char *text, uint64_t *ret)
{
	return type == PARAMETER_SIZE ? units_parse_size(text, ret)
	     : type == PARAMETER_TIME ? parse_time(text, ret)
	     : units_parse_count(text, ret);
}

static const char *const quantities[] = {
	[PARAMETER_COUNT] = "whole number",
	[PARAMETER_SIZE] = "size such as 64k or 1M",
	[PARAMETER_TIME] = "time such as 100ms or 2s",
};

static int parse_number(struct maker *maker, const struct parameter *parameter, const char *text,
			struct value *ret)
{
	const struct value least = { .number = parameter->min };
	const struct value most = { .number = parameter->max };
	uint64_t number = 0;
	char low[32], high[32];

	if (!parse_quantity(parameter->type, text, &number) && number >= parameter->min &&
	    number <= parameter->max) {
		ret->number = number;
		return 0;
	}
	plan_format_value(parameter->type, &least, low, sizeof(low));
	plan_format_value(parameter->type, &most, high, sizeof(high));
	return plan_refuse(maker, "--%s: '%s' is not valid: a %s from %s to %s", parameter->name, text,
			   quantities[parameter->type], low, high);
}

static bool is_in_list(const struct value *values, size_t count, const struct value *value)
{
	for (size_t i = 0; i < count; i++)
		if (value->word ? !strcmp(values[i].word, value->word)
				: values[i].number == value->number)
			return true;
	return false;
}

static int parse_sweep(struct maker *maker, const struct parameter *parameter, const char *list,
		       struct sweep *ret)
{
	size_t count;
	char **words = units_split_list(list, &count);
	int error = 0;

	if (words && count > VALUES_MOST) {
		units_free_list(words);
		return plan_refuse(maker, "--%s: more than %d values", parameter->name, VALUES_MOST);
	}
	ret->values = words ? calloc(count, sizeof(*ret->values)) : NULL;
	if (!ret->values)
		error = -ENOMEM;
	for (size_t i = 0; i < count && !error; i++) {
		struct value *value = &ret->values[ret->count];

		error = parameter->type == PARAMETER_WORD
			? parse_word(maker, parameter, words[i], value)
			: parse_number(maker, parameter, words[i], value);
		/* A value that stands there twice is measured once. */
		ret->count += !error && !is_in_list(ret->values, ret->count, value);
	}
	units_free_list(words);
	return error;
}

int plan_parse_sweeps(struct maker *maker)
{
	const struct options *options = maker->plan->options;

	for (size_t i = 0; maker->tool->parameters[i].name; i++) {
		const struct parameter *parameter = &maker->tool->parameters[i];
		const char *list = options->parameters[i] ? options->parameters[i]
							  : parameter->defaults;
		int error = parse_sweep(maker, parameter, list, &maker->sweeps[i]);

		maker->sweep_count = i + 1;
		if (error)
			return error;
	}
	return 0;
}
