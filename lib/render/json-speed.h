/* SPDX-License-Identifier: MIT */
/*
 * render/json-speed - the reference of the host's speed in JSON, for json.c only; see
 * handoff-record(5).
 */
#ifndef HANDOFF_RENDER_JSON_SPEED_H
#define HANDOFF_RENDER_JSON_SPEED_H

#include <jansson.h>

#include "results/record.h"

/* Of the run: an object that the caller owns. */
json_t *render_json_reference(const struct host_speed *speed);

/* Of a result: adds what it has of round_reference_ns, round_speed and speeds. */
void render_json_speeds(json_t *object, const struct results *results,
			const struct result *result);

#endif
