/* SPDX-License-Identifier: MIT */
/*
 * engine/mechanism/list - finds an engine: all of them, in the order of list.def.
 *
 * Every mechanism includes it, so that the compiler sees what is built and not
 * registered.
 */
#ifndef HANDOFF_ENGINE_LIST_H
#define HANDOFF_ENGINE_LIST_H

#include "engine/engine.h"

/* Ends with NULL. */
extern const struct engine *const engines[];

/* Each by its own name; engine_null is what the harness itself costs. */
#define ENGINE(name) extern const struct engine engine_##name;
#include "engine/mechanism/list.def"
#undef ENGINE

/* NULL: there is none of this name. */
const struct engine *engine_find(const char *name);

#endif
