/* SPDX-License-Identifier: MIT */
/*
 * run/answer - reads the round in what a worker wrote, and holds it against its job.
 *
 * The answer is taken only if it says of itself what the job said: kind, version and build of
 * the worker, and every key with its value, the nonce among them.  Else, and if it is no answer
 * at all, the round is a lost one that says why, both values in the reason.
 */
#ifndef HANDOFF_WORKER_ANSWER_H
#define HANDOFF_WORKER_ANSWER_H

#include "run/worker.h"

/*
 * failure is worker_run()'s: where that is a loss, it is the round.  ret_pairs point into the
 * answer's buffer.
 */
void worker_answer_read(const struct worker_order *order, const struct worker_answer *answer,
			const struct round *failure, struct round *ret_round,
			const struct histogram_pair *ret_pairs[ROUND_SERIES_MAX]);

/*
 * One of several answers, the one that begins at byte *at, which is moved behind it; whatever
 * its job was.  0, or -EBADMSG: it is none.
 */
int worker_answer_next(const struct worker_answer *answer, size_t *at, struct round *ret_round);

#endif
