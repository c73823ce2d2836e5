/* SPDX-License-Identifier: MIT */
/*
 * plan/maker - what the steps hand on that make a plan: plan/sweep, plan/seats and
 * plan/make.
 *
 * A step returns 0 or -errno.  plan_refuse() says why a plan is wrong usage, and
 * returns -EINVAL.
 */
#ifndef HANDOFF_PLAN_MAKER_H
#define HANDOFF_PLAN_MAKER_H

#include "plan/make.h"

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

#endif
