/* SPDX-License-Identifier: MIT */
/*
 * render/json - what results and the plan have alike in JSON; for render-*.c only.
 *
 * The caller owns what is returned; NULL: no memory.
 */
#ifndef HANDOFF_RENDER_JSON_H
#define HANDOFF_RENDER_JSON_H

#include <jansson.h>

struct memory_policy;

/* The nodes of the policy, an array. */
json_t *render_json_nodes(const struct memory_policy *policy);

#endif
