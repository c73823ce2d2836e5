/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

#define MEMORY_REASON_MAX 160

/* A parameter's list, parsed. */
struct sweep {
	struct value *values;
	size_t count;
};

struct maker {
	struct plan *plan;
	const struct tool *tool;
	const struct availability *availability;
	struct sweep sweeps[PARAMETERS_MAX];
	size_t sweep_count;
	char *message;
	size_t message_size;
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct maker *maker, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(maker->message, maker->message_size, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static const char *keep_text(struct plan *plan, const char *text)
{
	char **grown = realloc(plan->texts, (plan->text_count + 1) * sizeof(*grown));

	if (!grown)
		return NULL;
	plan->texts = grown;
	grown[plan->text_count] = strdup(text);
	return grown[plan->text_count] ? grown[plan->text_count++] : NULL;
}

int plan_parameter(const struct tool *tool, const char *name)
{
	for (int i = 0; tool->parameters[i].name; i++)
		if (!strcmp(tool->parameters[i].name, name))
			return i;
	return -1;
}

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
		return refuse(maker, "--%s: '%s' is not valid: one of %s", parameter->name, text,
			      parameter->words);
	ret->word = keep_text(maker->plan, text);
	return ret->word ? 0 : -ENOMEM;
}

static int parse_number(struct maker *maker, const struct parameter *parameter, const char *text,
			struct value *ret)
{
	bool is_size = parameter->type == PARAMETER_SIZE;
	uint64_t number = 0;
	int error = is_size ? units_parse_size(text, &number) : units_parse_count(text, &number);
	char low[32], high[32];

	if (!error && number >= parameter->min && number <= parameter->max) {
		ret->number = number;
		return 0;
	}
	snprintf(low, sizeof(low), "%llu", (unsigned long long)parameter->min);
	snprintf(high, sizeof(high), "%llu", (unsigned long long)parameter->max);
	if (is_size) {
		units_format_size(parameter->min, low, sizeof(low));
		units_format_size(parameter->max, high, sizeof(high));
	}
	return refuse(maker, "--%s: '%s' is not valid: a %s from %s to %s", parameter->name, text,
		      is_size ? "size such as 64k, 16M, 1G" : "whole number", low, high);
}

static int parse_sweep(struct maker *maker, const struct parameter *parameter, const char *list,
		       struct sweep *ret)
{
	size_t count;
	char **words = units_split_list(list, &count);
	int error = 0;

	ret->values = words ? calloc(count, sizeof(*ret->values)) : NULL;
	if (!ret->values)
		error = -ENOMEM;
	for (size_t i = 0; i < count && !error; i++) {
		error = parameter->type == PARAMETER_WORD
			? parse_word(maker, parameter, words[i], &ret->values[i])
			: parse_number(maker, parameter, words[i], &ret->values[i]);
		ret->count = i + 1;
	}
	units_free_list(words);
	return error;
}

static int parse_sweeps(struct maker *maker)
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

static int add_seat(struct plan *plan, const struct seat *seat, const char *skip)
{
	struct seat *seats = realloc(plan->seats, (plan->seat_count + 1) * sizeof(*seats));
	const char **skips = realloc(plan->seat_skips, (plan->seat_count + 1) * sizeof(*skips));

	if (seats)
		plan->seats = seats;
	if (skips)
		plan->seat_skips = skips;
	if (!seats || !skips)
		return -ENOMEM;
	plan->seats[plan->seat_count] = *seat;
	plan->seat_skips[plan->seat_count] = skip;
	plan->seat_count++;
	return 0;
}

static int add_placement(struct maker *maker, const struct topology *topology, const char *name)
{
	char reason[200] = "";
	struct seat seat = { .cpus = { -1, -1 }, .nodes = { -1, -1 } };
	int error = placement_find(topology, name, &seat, reason, sizeof(reason));
	const char *skip = NULL;

	if (error == -EINVAL)
		return refuse(maker, "--placement: %s", reason);
	if (error) {
		snprintf(seat.name, sizeof(seat.name), "%s", name);
		skip = keep_text(maker->plan, reason);
		if (!skip)
			return -ENOMEM;
	}
	return add_seat(maker->plan, &seat, skip);
}

static bool is_glob(const char *word)
{
	return strpbrk(word, "*?[") || !strcmp(word, "all");
}

/* A glob stands for every placement whose name it matches and that exists. */
static int add_matching(struct maker *maker, const struct topology *topology, const char *word)
{
	const char *const *names = placement_all_names();
	size_t before = maker->plan->seat_count;
	int error = 0;

	if (!is_glob(word))
		return add_placement(maker, topology, word);
	for (size_t i = 0; names[i] && !error; i++)
		if (units_word_matches(word, names[i]))
			error = add_placement(maker, topology, names[i]);
	if (!error && maker->plan->seat_count == before)
		return refuse(maker, "--placement: no placement is called like '%s'", word);
	return error;
}

static int make_seats(struct maker *maker, const struct topology *topology)
{
	const struct options *options = maker->plan->options;
	const char *list = options->placements ? options->placements
					       : maker->tool->default_placements;
	size_t count;
	char **words;
	int error = 0;

	if (options->has_matrix) {
		error = placement_matrix(topology, options->matrix_level, &maker->plan->seats,
					 &maker->plan->seat_count);
		maker->plan->seat_skips = calloc(maker->plan->seat_count + 1,
						 sizeof(*maker->plan->seat_skips));
		return error ? error : maker->plan->seat_skips ? 0 : -ENOMEM;
	}
	words = units_split_list(list, &count);
	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < count && !error; i++)
		error = add_matching(maker, topology, words[i]);
	units_free_list(words);
	return error;
}

/* Where memory is to lie for each seat: it depends on the seat's CPU. */
static int make_policies(struct maker *maker, const struct topology *topology)
{
	struct plan *plan = maker->plan;
	const char *word = plan->options->memory;

	if (!word)
		return 0;
	plan->policies = calloc(plan->seat_count, sizeof(*plan->policies));
	if (!plan->policies)
		return -ENOMEM;
	for (size_t i = 0; i < plan->seat_count; i++) {
		char reason[MEMORY_REASON_MAX] = "";
		int error = placement_memory(topology, word, plan->seats[i].cpus[0],
					     &plan->policies[i], reason, sizeof(reason));

		if (error == -EINVAL)
			return refuse(maker, "--memory: %s", reason);
		if (error && !plan->seat_skips[i])
			plan->seat_skips[i] = keep_text(plan, reason);
	}
	return 0;
}

static struct cell *new_cell(struct plan *plan)
{
	if (plan->count == plan->room) {
		size_t room = plan->room ? 2 * plan->room : 64;
		struct cell *grown = realloc(plan->cells, room * sizeof(*grown));

		if (!grown)
			return NULL;
		plan->cells = grown;
		plan->room = room;
	}
	return &plan->cells[plan->count];
}

static bool is_same_cell(const struct cell *a, const struct cell *b)
{
	if (a->mechanism != b->mechanism || strcmp(a->seat.name, b->seat.name) ||
	    strcmp(a->peer ? a->peer : "", b->peer ? b->peer : ""))
		return false;
	for (size_t i = 0; i < PARAMETERS_MAX; i++) {
		if (a->values[i].applies != b->values[i].applies)
			return false;
		if (a->values[i].applies && (a->values[i].number != b->values[i].number ||
					     a->values[i].word != b->values[i].word))
			return false;
	}
	return true;
}

/* A parameter that means nothing for a cell makes no second cell of it. */
static bool is_repeated(const struct plan *plan, const struct cell *cell, size_t since)
{
	for (size_t i = since; i < plan->count; i++)
		if (is_same_cell(&plan->cells[i], cell))
			return true;
	return false;
}

static int add_cell(struct maker *maker, const struct cell *pattern, const size_t *at,
		    size_t since)
{
	struct plan *plan = maker->plan;
	struct cell *cell = new_cell(plan);

	if (!cell)
		return -ENOMEM;
	if (plan->count >= PLAN_CELLS_MAX)
		return refuse(maker, "this is a plan of more than %u cells", PLAN_CELLS_MAX);
	*cell = *pattern;
	for (size_t i = 0; i < maker->sweep_count; i++) {
		cell->values[i] = maker->sweeps[i].values[at[i]];
		cell->values[i].applies = true;
	}
	for (size_t i = 0; i < maker->sweep_count; i++)
		if (maker->tool->parameters[i].applies)
			cell->values[i].applies = maker->tool->parameters[i].applies(cell);
	if (maker->tool->has_peer && !maker->tool->has_peer(cell))
		cell->peer = NULL;
	if (!is_repeated(plan, cell, since))
		plan->count++;
	return 0;
}

/* Counts through all sweeps as an odometer does, the last one fastest. */
static bool next_values(const struct maker *maker, size_t *at)
{
	for (size_t i = maker->sweep_count; i-- > 0;) {
		if (++at[i] < maker->sweeps[i].count)
			return true;
		at[i] = 0;
	}
	return false;
}

static int add_cells(struct maker *maker, const struct cell *pattern, size_t since)
{
	size_t at[PARAMETERS_MAX] = { 0 };
	int error;

	do
		error = add_cell(maker, pattern, at, since);
	while (!error && next_values(maker, at));
	return error;
}

static int add_peers(struct maker *maker, struct cell *pattern)
{
	const char *asked = maker->plan->options->peer;
	const char *peer = asked ? asked : maker->tool->default_peers;
	size_t since = maker->plan->count;
	int error;

	if (strcmp(peer, "both")) {
		pattern->peer = peer;
		return add_cells(maker, pattern, since);
	}
	pattern->peer = "process";
	error = add_cells(maker, pattern, since);
	pattern->peer = "thread";
	return error ? error : add_cells(maker, pattern, since);
}

static int add_mechanism(struct maker *maker, size_t index, bool is_named)
{
	struct plan *plan = maker->plan;
	const struct availability *availability = maker->availability;
	const char *missing = availability ? availability->reasons[index] : NULL;
	int error = 0;

	/* What was not asked for and does not run here is no part of the plan. */
	for (size_t i = 0; i < plan->seat_count && !error; i++) {
		/* A placement that was named, and is not here, was asked for too. */
		struct cell pattern = {
			.mechanism = maker->tool->mechanism(index),
			.is_named = is_named || (plan->seat_skips[i] && plan->options->placements &&
						 !is_glob(plan->options->placements)),
			.seat = plan->seats[i],
			.memory = plan->policies ? &plan->policies[i] : NULL,
			.skip = missing ? missing : plan->seat_skips[i],
		};

		error = add_peers(maker, &pattern);
	}
	return error;
}

static int name_mechanisms(struct maker *maker, const char *word)
{
	char names[1024] = "";
	size_t used = 0;

	for (size_t i = 0; maker->tool->mechanism(i); i++) {
		const char *name = maker->tool->mechanism(i)->name;

		if (used + strlen(name) + 3 < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 used ? ", " : "", name);
	}
	return refuse(maker, "--mechanism: '%s' is no mechanism: %s", word, names);
}

static int add_mechanisms(struct maker *maker, const char *word, bool *taken)
{
	bool has_match = false, is_named = maker->plan->options->mechanisms && !is_glob(word);
	int error = 0;

	for (size_t i = 0; maker->tool->mechanism(i) && !error; i++) {
		if (!units_word_matches(word, maker->tool->mechanism(i)->name))
			continue;
		has_match = true;
		if (!taken[i])
			error = add_mechanism(maker, i, is_named);
		taken[i] = true;
	}
	return error || has_match ? error : name_mechanisms(maker, word);
}

static size_t count_mechanisms(const struct tool *tool)
{
	size_t count = 0;

	while (tool->mechanism(count))
		count++;
	return count;
}

static int make_cells(struct maker *maker)
{
	const char *list = maker->plan->options->mechanisms;
	bool *taken = calloc(count_mechanisms(maker->tool) + 1, sizeof(*taken));
	size_t count;
	char **words = units_split_list(list ? list : "all", &count);
	int error = taken && words ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !error; i++)
		error = add_mechanisms(maker, words[i], taken);
	units_free_list(words);
	free(taken);
	return error;
}

int plan_make(const struct options *options, const struct topology *topology,
	      const struct availability *availability, struct plan *ret_plan,
	      char *message, size_t message_size)
{
	struct maker maker = {
		.plan = ret_plan,
		.tool = options->tool,
		.availability = availability,
		.message = message,
		.message_size = message_size,
	};
	int error;

	memset(ret_plan, 0, sizeof(*ret_plan));
	ret_plan->options = options;
	message[0] = 0;
	error = parse_sweeps(&maker);
	if (!error)
		error = make_seats(&maker, topology);
	if (!error)
		error = make_policies(&maker, topology);
	if (!error)
		error = make_cells(&maker);
	for (size_t i = 0; i < PARAMETERS_MAX; i++)
		free(maker.sweeps[i].values);
	return error;
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
	memset(plan, 0, sizeof(*plan));
}

static void append_value(const struct parameter *parameter, const struct value *value, char *ret,
			 size_t size)
{
	size_t used = strlen(ret);
	char text[64];

	if (parameter->type == PARAMETER_WORD)
		snprintf(text, sizeof(text), "%s", value->word);
	else if (parameter->type == PARAMETER_SIZE)
		units_format_size(value->number, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value->number);
	snprintf(ret + used, size - used, "%s%s=%s", used ? " " : "", parameter->name, text);
}

void plan_describe_cell(const struct plan *plan, const struct cell *cell, char *ret, size_t size)
{
	const struct tool *tool = plan->options->tool;

	ret[0] = 0;
	for (size_t i = 0; tool->parameters[i].name; i++)
		if (cell->values[i].applies && plan->options->parameters[i])
			append_value(&tool->parameters[i], &cell->values[i], ret, size);
}
