/* SPDX-License-Identifier: MIT */
/*
 * render/json - shared parts of results and plan in JSON; for the renderers only.
 *
 * The caller owns what is returned; NULL: no memory.
 */
#ifndef HANDOFF_RENDER_JSON_H
#define HANDOFF_RENDER_JSON_H

#include <jansson.h>

struct memory_policy;
struct result;

/* Whole numbers as such. */
json_t *render_json_number(double value);

/* The nodes of the policy, an array. */
json_t *render_json_nodes(const struct memory_policy *policy);

/* What each round of a result lost, into its object. */
void render_json_lost(json_t *object, const struct result *result);

#endif
