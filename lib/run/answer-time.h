/* SPDX-License-Identifier: MIT */
/*
 * run/answer-time - checks whether an answer can have come when it came.
 *
 * The worker's clocks must agree with each other, the supervisor's likewise; the worker must
 * have begun and answered within the time from its start to its end, have been started then as
 * the kernel says, and its window must lie within.  Pure.
 */
#ifndef HANDOFF_ANSWER_TIME_H
#define HANDOFF_ANSWER_TIME_H

#include "run/worker.h"

#define ANSWER_TIME_REASON_BYTES 200

/* False: both figures are in ret_reason.  Of a round that was measured. */
bool answer_time_agrees(const struct worker_answer *answer, const struct round *round,
			double ns_per_tick, char *ret_reason);

/*
 * For how long the machine was suspended while the worker was there; 0: it was not.  What the
 * worker's clock has counted of that is not known, so that the round is lost.
 */
double answer_time_asleep_ns(const struct worker_answer *answer, const struct round *round);

#endif
