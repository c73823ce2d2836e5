/* SPDX-License-Identifier: MIT */
/*
 * plan/maker - the steps that a plan is made of; for plan*.c only.
 *
 * All return 0 or -errno.  What makes a plan wrong usage is said by
 * plan_refuse(), which returns -EINVAL.
 */
#ifndef HANDOFF_PLAN_MAKE_H
#define HANDOFF_PLAN_MAKE_H

#include "plan/plan.h"

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
	size_t tries;                  /* combinations that were looked at */
	char *message;
	size_t message_size;
};

int plan_refuse(struct maker *maker, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A copy that lives as long as the plan; NULL: no memory. */
const char *plan_keep_text(struct plan *plan, const char *text);

/* A word that stands for several. */
bool plan_is_glob(const char *word);

/* The tool's parameters: their lists, or their defaults. */
int plan_parse_sweeps(struct maker *maker);

/* Placements or matrix, with why not; where memory is to lie for each. */
int plan_make_seats(struct maker *maker, const struct topology *topology);
int plan_make_policies(struct maker *maker, const struct topology *topology);

#endif
