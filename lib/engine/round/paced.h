/* SPDX-License-Identifier: MIT */
/*
 * engine/round/paced - a round whose requests are due at a rate of their own.
 *
 * open() makes room for the times of as many requests as fall into the window, five
 * at least, before there are tasks that share it; measure() fills the window; tell()
 * adds two series, request and response, and figures; close() takes an errand that
 * has none.  What fails in open() and tell() is told in the round.
 */
#ifndef HANDOFF_ENGINE_PACED_H
#define HANDOFF_ENGINE_PACED_H

#include "engine/round/context.h"

/* Whether the job wants one. */
bool engine_paced_is_wanted(const struct engine_errand *errand);

int engine_paced_open(struct engine_errand *errand);
void engine_paced_close(struct engine_errand *errand);

/* The window, in timing but for its sample; 0, the error of timed->run, or -ENODATA
 * where the engine has not kept the time of each request. */
int engine_paced_measure(const struct timed *timed, struct engine_errand *errand,
			 struct timing *timing);

void engine_paced_tell(struct engine_errand *errand, const struct timing *timing);

/* Of a request: from when the first was due to the last end of any, shared out. */
double engine_paced_interval_ns(const struct engine_errand *errand);

#endif
