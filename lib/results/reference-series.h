/* SPDX-License-Identifier: MIT */
/*
 * results/reference-series - collects the references of a run (measure/reference.h), one a round.
 *
 * In ticks, as the worker sent them.  A round whose reference was lost or not proved has none:
 * NAN in all of its parts; so has a part that is missing.  What was lacking last is kept in
 * words.
 *
 * reference_series_add() returns 0 or -ENOMEM.  One owner; reference_series_done() takes a
 * zeroed struct.
 */
#ifndef HANDOFF_RESULTS_REFERENCE_SERIES_H
#define HANDOFF_RESULTS_REFERENCE_SERIES_H

#include <stddef.h>

#include "measure/reference.h"
#include "measure/round.h"

struct reference_round {
	double ticks[REFERENCE_PARTS]; /* of one mix */
};

struct reference_series {
	struct reference_round *rounds;
	size_t count, room;
	size_t taken;                  /* rounds that have any part */
	int cpu;                       /* where the last one was taken */
	char reason[240];              /* of the last round that lacked something */
};

int reference_series_add(struct reference_series *series, const struct round *round);
void reference_series_done(struct reference_series *series);

#endif
