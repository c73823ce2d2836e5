/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"

int plan_parameter(const struct tool *tool, const char *name)
{
	for (int i = 0; tool->parameters[i].name; i++)
		if (!strcmp(tool->parameters[i].name, name))
			return i;
	return -1;
}

const char *plan_field(const struct parameter *parameter)
{
	return parameter->field ? parameter->field : parameter->name;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, word, length) && (at[length] == ',' || !at[length]))
			return true;
	return false;
}

bool plan_is_headline(const struct tool *tool, const char *metric)
{
	return has_word(tool->headline, metric);
}

bool plan_is_yardstick(const struct mechanism *mechanism)
{
	return mechanism->traits & MECHANISM_YARDSTICK;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->text_count; i++)
		free(plan->texts[i]);
	free(plan->texts);
	free(plan->cells);
	free(plan->policies);
	free(plan->seats);
	free(plan->seat_skips);
	free(plan->seat_is_named);
	free(plan->share_costs);
	free(plan->notes);
	memset(plan, 0, sizeof(*plan));
}

void plan_format_value(enum parameter_type type, const struct value *value, char *ret, size_t size)
{
	if (type == PARAMETER_WORD)
		snprintf(ret, size, "%s", value->word);
	else if (type == PARAMETER_SIZE)
		units_format_size(value->number, ret, size);
	else if (type == PARAMETER_TIME)
		units_format_time((double)value->number, ret, size);
	else
		snprintf(ret, size, "%llu", (unsigned long long)value->number);
}

static void append_value(const struct parameter *parameter, const struct value *value, char *ret,
			 size_t size)
{
	size_t used = strlen(ret);
	char text[64];

	plan_format_value(parameter->type, value, text, sizeof(text));
	snprintf(ret + used, size - used, "%s%s=%s", used ? " " : "", parameter->name, text);
}

bool plan_shows(const struct plan *plan, size_t parameter)
{
	return plan->options->parameters[parameter] || plan->varies[parameter];
}

void plan_describe_cell(const struct plan *plan, const struct cell *cell, char *ret, size_t size)
{
	const struct tool *tool = plan->options->tool;

	ret[0] = 0;
	for (size_t i = 0; tool->parameters[i].name; i++)
		if (cell->values[i].applies && plan_shows(plan, i))
			append_value(&tool->parameters[i], &cell->values[i], ret, size);
}
