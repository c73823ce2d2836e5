/* SPDX-License-Identifier: MIT */
/*
 * fault-rows - the rows of a table of faults, from the calls that a mechanism has made.
 *
 * The first calls of each kind fail, the middle one of the window, some behind it.
 */
#ifndef HANDOFF_FAULT_ROWS_H
#define HANDOFF_FAULT_ROWS_H

#include <stdbool.h>

#define FAULT_HOWS_MOST 16

/* Some of the window and few others; all; all of the window. */
enum fault_extent { EXTENT_QUICK, EXTENT_FULL, EXTENT_WINDOW };

/* Calls of one kind: how often before, in and behind the window, and how they can fail. */
struct fault_calls {
	const char *mechanism, *call;
	unsigned long before, within, behind;
	const char *hows[FAULT_HOWS_MOST];
	unsigned int how_count;    /* at least one */
};

struct fault_row {
	const char *mechanism, *call, *how;
	char place[24];
	bool is_hot;               /* so frequent that it must be the operation's */
};

struct fault_planner {
	enum fault_extent extent;
	unsigned int turn;         /* of calls that fail before the window, in a small table */
	void (*take)(void *argument, const struct fault_row *row);
	void *argument;
};

void fault_plan_calls(struct fault_planner *planner, const struct fault_calls *calls);

/* Every second of all calls that know how (EINTR, SHORT). */
void fault_plan_storm(struct fault_planner *planner, const char *mechanism, const char *how);

#endif
