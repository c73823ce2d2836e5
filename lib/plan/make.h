/* SPDX-License-Identifier: MIT */
/*
 * plan/make - makes the plan of a run.
 *
 * plan_make() is pure: options, topology and what is available give cells; it
 * touches nothing.  On a word that no one knows it fails with -EINVAL and a message
 * that names the word and the valid ones: wrong usage.  Free the plan with
 * plan_free(), also after a failure.
 */
#ifndef HANDOFF_PLAN_MAKE_H
#define HANDOFF_PLAN_MAKE_H

#include "host/topology.h"
#include "plan/plan.h"

/* More cells than this are a mistake, not a plan. */
#define PLAN_CELLS_MAX (1u << 20)
/* And so are more combinations of values, most of which mean nothing. */
#define PLAN_TRIES_MAX (4 * PLAN_CELLS_MAX)

/* What --list finds out: by index of the tool's mechanisms, NULL: it runs here. */
struct availability {
	char **reasons;
	size_t count;
};

int plan_make(const struct options *options, const struct topology *topology,
	      const struct availability *availability, struct plan *ret_plan,
	      char *message, size_t message_size);

#endif
