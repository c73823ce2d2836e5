/* SPDX-License-Identifier: MIT */
/*
 * engine/round/paced - a round whose requests are due at a rate of their own.
 *
 * open() makes room for the times of as many requests as fall into the window, five
 * at least, before there are tasks that share it; measure() fills the window; tell()
 * adds two series, request and response, and figures; close() takes a context that
 * has none.  What fails in open() and tell() is told in the round.
 */
#ifndef HANDOFF_ENGINE_PACED_H
#define HANDOFF_ENGINE_PACED_H

#include "engine/round/context.h"

/* Whether the job wants one. */
bool engine_paced_is_wanted(const struct engine_context *context);

int engine_paced_open(struct engine_context *context);
void engine_paced_close(struct engine_context *context);

/* The window, in timing but for its sample; 0, the error of timed->run, or -ENODATA
 * where the engine has not kept the time of each request. */
int engine_paced_measure(const struct timed *timed, struct engine_context *context,
			 struct timing *timing);

void engine_paced_tell(struct engine_context *context, const struct timing *timing);

/* Of a request: from when the first was due to the last end of any, shared out. */
double engine_paced_interval_ns(const struct engine_context *context);

#endif
