/* SPDX-License-Identifier: MIT */
/*
 * plan - every cell of a run, known before the first is measured.
 *
 * plan_make() (plan/make.h) fills it.  A cell that cannot be measured is in the plan
 * all the same, with the reason: a skip.
 *
 * The plan owns its cells; strings of a cell point into the options or into
 * the plan's own copies.  Free with plan_free(), also half-made.
 */
#ifndef HANDOFF_PLAN_H
#define HANDOFF_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/options.h"
#include "plan/placement.h"
#include "plan/tool.h"

struct value {
	uint64_t number;
	const char *word;              /* of a PARAMETER_WORD */
	bool applies;
};

struct cell {
	const struct mechanism *mechanism;
	bool is_named;                 /* asked for by name: a skip is then worth status 3 */
	struct seat seat;
	bool is_spread;                /* over all CPUs, each of several creators on one */
	const char *peer;              /* process or thread; NULL: there is no other side */
	const struct memory_policy *memory;   /* NULL: not asked for */
	const char *connect_word;      /* the other side's host, as asked for, or NULL */
	const char *memory_word, *sched_word; /* as asked for, or NULL */
	struct value values[PARAMETERS_MAX];
	const char *skip;              /* why not, NULL: to be measured */
	bool is_beyond_budget;         /* it is skipped as the budget cannot hold it */
	size_t share;                  /* of cells with one preparation, from 1 on; 0: none */
};

struct plan {
	const struct options *options;
	struct cell *cells;
	size_t count, room;
	struct memory_policy *policies;  /* one a seat */
	char **texts;                  /* strings that cells point at */
	size_t text_count;
	struct seat *seats;
	const char **seat_skips;       /* NULL or why that seat does not exist here */
	bool *seat_is_named;           /* NULL or whether it was asked for by that very word */
	size_t seat_count;
	size_t share_count;
	struct cell_cost *share_costs; /* of each share, once it is known; or NULL */
	const char **notes;            /* what each share will take, once it is known; or NULL */
	size_t note_count;
	bool varies[PARAMETERS_MAX];   /* parameters of which the cells have several values */
};

void plan_free(struct plan *plan);

/* Index of a parameter by name, or -1. */
int plan_parameter(const struct tool *tool, const char *name);

/* What a parameter is called in records. */
const char *plan_field(const struct parameter *parameter);

/* A value as people write it: "64 MiB", "100 ms", "warm". */
void plan_format_value(enum parameter_type type, const struct value *value, char *ret, size_t size);

/* Whether this metric is (one of) the tool's headline. */
bool plan_is_headline(const struct tool *tool, const char *metric);

/* Whether a mechanism does no work, but shows what doing it costs. */
bool plan_is_yardstick(const struct mechanism *mechanism);

/* Whether a parameter was asked for, or differs from cell to cell: else all know it. */
bool plan_shows(const struct plan *plan, size_t parameter);

/* "rss=64 MiB alive=10": what tells this cell from others of its mechanism. */
void plan_describe_cell(const struct plan *plan, const struct cell *cell, char *ret, size_t size);

#endif
