/* SPDX-License-Identifier: MIT */
#include "plan/seats.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"

#define MEMORY_REASON_MAX 160

/* Room for one more in each of the arrays that go by the seat. */
static int grow(struct plan *plan)
{
	size_t count = plan->seat_count + 1;
	struct seat *seats = reallocarray(plan->seats, count, sizeof(*seats));
	const char **skips = reallocarray(plan->seat_skips, count, sizeof(*skips));
	bool *are_named = reallocarray(plan->seat_is_named, count, sizeof(*are_named));

	if (seats)
		plan->seats = seats;
	if (skips)
		plan->seat_skips = skips;
	if (are_named)
		plan->seat_is_named = are_named;
	return seats && skips && are_named ? 0 : -ENOMEM;
}

/* Named twice, or by a glob too: once is enough. */
static bool has_seat(struct plan *plan, const char *name, bool is_named)
{
	for (size_t i = 0; i < plan->seat_count; i++)
		if (!strcmp(plan->seats[i].name, name)) {
			plan->seat_is_named[i] |= is_named;
			return true;
		}
	return false;
}

static int add_seat(struct plan *plan, const struct seat *seat, const char *skip, bool is_named)
{
	int error;

	if (has_seat(plan, seat->name, is_named))
		return 0;
	error = grow(plan);
	if (error)
		return error;
	plan->seats[plan->seat_count] = *seat;
	plan->seat_skips[plan->seat_count] = skip;
	plan->seat_is_named[plan->seat_count] = is_named;
	plan->seat_count++;
	return 0;
}

/* "0,1" was meant as CPUs: say how they are named. */
static int refuse_placement(struct maker *maker, const char *name, const char *reason)
{
	const char *list = maker->plan->options->placements;

	if (!list || !isdigit((unsigned char)*name))
		return plan_refuse(maker, "--placement: %s", reason);
	if (strspn(list, "0123456789,") != strlen(list) || strchr(list, ',') != strrchr(list, ',') ||
	    list[strlen(list) - 1] == ',')
		list = name;
	return plan_refuse(maker, "--placement: '%s' is not a placement: CPUs are named as in "
			   "cpu:%s", list, list);
}

/* To look for a pair of CPUs takes long on a large machine: never twice. */
static int add_placement(struct maker *maker, const struct topology *topology, const char *name,
			 bool is_named)
{
	char reason[200] = "";
	struct seat seat = { .cpus = { -1, -1 }, .nodes = { -1, -1 }, .cores = { -1, -1 } };
	const char *skip = NULL;
	int error;

	if (has_seat(maker->plan, name, is_named))
		return 0;
	error = placement_find(topology, name, &seat, reason, sizeof(reason));
	if (error == -EINVAL)
		return refuse_placement(maker, name, reason);
	if (error) {
		snprintf(seat.name, sizeof(seat.name), "%s", name);
		skip = plan_keep_text(maker->plan, reason);
		if (!skip)
			return -ENOMEM;
	}
	return add_seat(maker->plan, &seat, skip, is_named);
}

/* Of "b|c|d" the first that this machine has, or else the last. */
static int add_first(struct maker *maker, const struct topology *topology, const char *words)
{
	char word[32], reason[200];
	struct seat seat;
	const char *bar;

	while ((bar = strchr(words, '|'))) {
		snprintf(word, sizeof(word), "%.*s", (int)(bar - words), words);
		if (!placement_find(topology, word, &seat, reason, sizeof(reason)))
			return add_placement(maker, topology, word, false);
		words = bar + 1;
	}
	return add_placement(maker, topology, words, false);
}

/* A glob stands for every placement whose name it matches. */
static int add_matching(struct maker *maker, const struct topology *topology, const char *word)
{
	const char *const *names = placement_all_names();
	bool has_match = false;
	int error = 0;

	if (!maker->plan->options->placements && strchr(word, '|'))
		return add_first(maker, topology, word);
	if (!plan_is_glob(word))
		return add_placement(maker, topology, word,
				     maker->plan->options->placements != NULL);
	for (size_t i = 0; names[i] && !error; i++)
		if (units_word_matches(word, names[i])) {
			has_match = true;
			error = add_placement(maker, topology, names[i], false);
		}
	if (!error && !has_match)
		return plan_refuse(maker, "--placement: no placement is called like '%s'", word);
	return error;
}

/* Between two hosts one side sits here, and who listens sits where it is told, if at all. */
static const char *default_placements(const struct maker *maker)
{
	const struct options *options = maker->plan->options;

	if (options->listen)
		return "float";
	return options->connect ? "same-cpu" : maker->tool->default_placements;
}

int plan_make_seats(struct maker *maker, const struct topology *topology)
{
	const struct options *options = maker->plan->options;
	const char *list = options->placements ? options->placements
					       : default_placements(maker);
	size_t count;
	char **words;
	int error = 0;

	if (options->has_matrix) {
		error = placement_matrix(topology, options->matrix_level, &maker->plan->seats,
					 &maker->plan->seat_count);
		if (error == -E2BIG)
			return plan_refuse(maker, "--matrix: more than %d rows: take core, llc or "
					   "node, or fewer CPUs by taskset(1)", PLACEMENT_ROWS_MOST);
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
int plan_make_policies(struct maker *maker, const struct topology *topology)
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
			return plan_refuse(maker, "--memory: %s", reason);
		if (error && !plan->seat_skips[i])
			plan->seat_skips[i] = plan_keep_text(plan, reason);
	}
	return 0;
}
