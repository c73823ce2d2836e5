/* SPDX-License-Identifier: MIT */
#include "plan/make.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/maker.h"
#include "plan/seats.h"
#include "plan/similar.h"
#include "plan/sweep.h"
#include "plan/units.h"

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

/* Whether it means something with the first of its values. */
static bool would_apply(const struct maker *maker, const struct cell *cell, size_t i)
{
	struct cell first = *cell;

	first.values[i] = maker->sweeps[i].values[0];
	return maker->tool->parameters[i].applies(&first);
}

/*
 * A parameter that means nothing for a cell makes no second cell of it: of its
 * values only the first is taken, unless it is its own value that means nothing
 * ("no rate").  The same goes for the second kind of peer
 * where there is no other side.
 */
static bool is_repeated(const struct maker *maker, const struct cell *cell, const size_t *at,
			bool is_second_peer)
{
	if (is_second_peer && !cell->peer)
		return true;
	for (size_t i = 0; i < maker->sweep_count; i++)
		if (!cell->values[i].applies && at[i] && !would_apply(maker, cell, i))
			return true;
	return false;
}

/* A placement that is not here is on no CPUs; it would be on two. */
static bool would_make_sense(const struct maker *maker, const struct cell *cell)
{
	struct cell there = *cell;

	if (there.seat.cpus[0] < 0 && !there.seat.is_float)
		there.seat.cpus[1] = there.seat.cpus[0] - 1;
	return maker->tool->makes_sense(&there);
}

static bool is_wanted(const struct maker *maker, const struct cell *cell)
{
	const struct options *options = maker->plan->options;

	return options->placements || options->has_matrix || !maker->tool->makes_sense ||
	       would_make_sense(maker, cell);
}

static void float_seat(struct seat *seat)
{
	for (int side = 0; side < 2; side++)
		seat->cpus[side] = seat->nodes[side] = seat->cores[side] = -1;
}

static int add_cell(struct maker *maker, const struct cell *pattern, const size_t *at,
		    bool is_second_peer)
{
	struct plan *plan = maker->plan;
	struct cell *cell = new_cell(plan);

	if (!cell)
		return -ENOMEM;
	if (maker->tries++ >= PLAN_TRIES_MAX)
		return plan_refuse(maker, "this is a plan of more than %u combinations of values",
				   PLAN_TRIES_MAX);
	if (plan->count >= PLAN_CELLS_MAX)
		return plan_refuse(maker, "this is a plan of more than %u cells", PLAN_CELLS_MAX);
	*cell = *pattern;
	for (size_t i = 0; i < maker->sweep_count; i++) {
		cell->values[i] = maker->sweeps[i].values[at[i]];
		cell->values[i].applies = true;
	}
	for (size_t i = 0; i < maker->sweep_count; i++)
		if (maker->tool->parameters[i].applies)
			cell->values[i].applies = maker->tool->parameters[i].applies(cell);
	cell->is_spread = maker->tool->spreads && maker->tool->spreads(cell);
	if (cell->is_spread)
		float_seat(&cell->seat);
	if (cell->connect_word || (maker->tool->has_peer && !maker->tool->has_peer(cell)))
		cell->peer = NULL;
	if (!is_repeated(maker, cell, at, is_second_peer) && is_wanted(maker, cell))
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

static int add_cells(struct maker *maker, const struct cell *pattern, bool is_second_peer)
{
	size_t at[PARAMETERS_MAX] = { 0 };
	int error;

	do
		error = add_cell(maker, pattern, at, is_second_peer);
	while (!error && next_values(maker, at));
	return error;
}

static int add_peers(struct maker *maker, struct cell *pattern)
{
	const char *asked = maker->plan->options->peer;
	const char *peer = asked ? asked : maker->tool->default_peers;
	int error;

	if (strcmp(peer, "both")) {
		pattern->peer = peer;
		return add_cells(maker, pattern, false);
	}
	pattern->peer = "process";
	error = add_cells(maker, pattern, false);
	pattern->peer = "thread";
	return error ? error : add_cells(maker, pattern, true);
}

/* Whether a list has this very word, not only a glob that matches it. */
static bool is_word_of(const char *list, const char *name)
{
	size_t count;
	char **words = list ? units_split_list(list, &count) : NULL;
	bool is_there = false;

	for (size_t i = 0; words && i < count; i++)
		is_there |= !strcmp(words[i], name) && strcmp(name, "all");
	units_free_list(words);
	return is_there;
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
			.is_named = is_named || (plan->seat_skips[i] && plan->seat_is_named[i]),
			.seat = plan->seats[i],
			.memory = plan->policies ? &plan->policies[i] : NULL,
			.connect_word = plan->options->connect,
			.memory_word = plan->options->memory,
			.sched_word = plan->options->sched,
			.skip = missing ? missing : plan->seat_skips[i],
		};

		error = add_peers(maker, &pattern);
	}
	return error;
}

/* Shorter words are in too many sentences. */
#define WORD_LEAST 4

/* By its name, or by what it is: "socket". */
static bool may_be_meant(const struct mechanism *mechanism, const char *word)
{
	return similar_is(word, mechanism->name) ||
	       (strlen(word) >= WORD_LEAST && strcasestr(mechanism->summary, word));
}

/* The names of all mechanisms, or of those that word may have meant; how many there are. */
static size_t list_names(const struct tool *tool, const char *word, char *ret, size_t size)
{
	size_t used = 0, count = 0;

	*ret = '\0';
	for (size_t i = 0; tool->mechanism(i); i++) {
		const char *name = tool->mechanism(i)->name;

		if (word && !may_be_meant(tool->mechanism(i), word))
			continue;
		count++;
		if (used + strlen(name) + 3 < size)
			used += (size_t)snprintf(ret + used, size - used, "%s%s", used ? ", " : "",
						 name);
	}
	return count;
}

static int name_mechanisms(struct maker *maker, const char *word)
{
	char names[1024];

	if (list_names(maker->tool, word, names, sizeof(names)))
		return plan_refuse(maker, "--mechanism: '%s' is no mechanism: did you mean %s?", word,
				   names);
	list_names(maker->tool, NULL, names, sizeof(names));
	return plan_refuse(maker, "--mechanism: '%s' is no mechanism: %s", word, names);
}

static int add_mechanisms(struct maker *maker, const char *word, bool *taken)
{
	bool has_match = false;
	int error = 0;

	for (size_t i = 0; maker->tool->mechanism(i) && !error; i++) {
		if (!units_word_matches(word, maker->tool->mechanism(i)->name))
			continue;
		has_match = true;
		if (!taken[i])
			error = add_mechanism(maker, i, is_word_of(maker->plan->options->mechanisms,
								   maker->tool->mechanism(i)->name));
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
	const char *asked = maker->plan->options->mechanisms;
	const char *chosen = maker->plan->options->connect ? maker->tool->host_mechanisms
							   : maker->tool->default_mechanisms;
	bool *taken = calloc(count_mechanisms(maker->tool) + 1, sizeof(*taken));
	size_t count;
	char **words = units_split_list(asked ? asked : chosen ? chosen : "all", &count);
	int error = taken && words ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !error; i++)
		error = add_mechanisms(maker, words[i], taken);
	units_free_list(words);
	free(taken);
	return error;
}

static bool is_other_value(const struct value *a, const struct value *b)
{
	return a->word && b->word ? strcmp(a->word, b->word) != 0 : a->number != b->number;
}

/* Where a parameter means nothing, it has no value. */
static bool varies(const struct plan *plan, size_t parameter)
{
	const struct value *first = NULL;

	for (size_t i = 0; i < plan->count; i++) {
		const struct value *value = &plan->cells[i].values[parameter];

		if (!value->applies)
			continue;
		if (first && is_other_value(first, value))
			return true;
		first = value;
	}
	return false;
}

static void note_what_varies(struct plan *plan)
{
	for (size_t i = 0; plan->options->tool->parameters[i].name; i++)
		plan->varies[i] = varies(plan, i);
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
	error = plan_parse_sweeps(&maker);
	if (!error)
		error = plan_make_seats(&maker, topology);
	if (!error)
		error = plan_make_policies(&maker, topology);
	if (!error)
		error = make_cells(&maker);
	if (!error)
		note_what_varies(ret_plan);
	for (size_t i = 0; i < PARAMETERS_MAX; i++)
		free(maker.sweeps[i].values);
	return error;
}
