/* SPDX-License-Identifier: MIT */
/*
 * io-answer-ring - the ring that threads are compared with: the best one beside them.
 *
 * Under the same circumstances, proved, with the least median of this metric; NULL: there
 * is none.  The null engines, and a ring whose requests the kernel's own threads make, are
 * no rings here.
 */
#ifndef HANDOFF_IO_ANSWER_RING_H
#define HANDOFF_IO_ANSWER_RING_H

#include "results/answer.h"

const struct result *io_answer_best_ring(const struct answer *answer, const struct result *threads,
					 const char *metric);

#endif
