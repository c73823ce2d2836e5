/* SPDX-License-Identifier: MIT */
/*
 * spawner/mechanism/list - finds a spawner: all of them, in the order of list.def.
 *
 * Every mechanism includes it, so that the compiler sees what is built and not
 * registered.
 */
#ifndef HANDOFF_SPAWNER_LIST_H
#define HANDOFF_SPAWNER_LIST_H

#include "spawner/spawner.h"

/* Ends with NULL. */
extern const struct spawner *const spawners[];

/* Each by its own name; spawner_null is what the harness itself costs. */
#define SPAWNER(name) extern const struct spawner spawner_##name;
#include "spawner/mechanism/list.def"
#undef SPAWNER

/* NULL: there is none of this name. */
const struct spawner *spawner_find(const char *name);

#endif
