/* SPDX-License-Identifier: MIT */
/*
 * io-answer - io-lat's results in words.
 *
 * For each placement, kind of requests and state of the cache: from which depth the
 * best ring needs less time for a request than as many threads that block, by how
 * much, and what CPU time it saves; or that none does.  Only what has an interval is
 * said, and a ring wins only where that excludes 1.  The null engines, and a ring
 * whose requests the kernel's own threads make, are no rings here.  A NULL-terminated
 * array of sentences, owned by the caller.
 */
#ifndef HANDOFF_IO_ANSWER_H
#define HANDOFF_IO_ANSWER_H

#include "results/record.h"

char **io_answer(const struct results *results);

#endif
