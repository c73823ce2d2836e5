/* SPDX-License-Identifier: MIT */
/*
 * host/conditions - reads what this machine is, and what disturbed a run on it.
 *
 * begin() reads the environment, starts the clock and looks at what is going
 * on, which takes about 0.15 s; end() looks again and judges.  What cannot be
 * read is left out, never an error.  warnings are a heap array; done() frees
 * it, also of a zeroed struct.
 */
#ifndef HANDOFF_CONDITIONS_H
#define HANDOFF_CONDITIONS_H

#include <stddef.h>

#include "host/clock-ladder.h"
#include "host/environment.h"
#include "host/noise.h"
#include "kernel/standstill.h"

struct conditions {
	struct environment environment;
	struct clock_ladder ladder;
	struct noise_snapshot before, after;
	struct warning *warnings;
	size_t warning_count;
};

/* cpus: those that tasks may run on, the first being the one looked at closest. */
void conditions_begin(struct conditions *conditions, const int *cpus, size_t cpu_count);
void conditions_end(struct conditions *conditions, const int *cpus, size_t cpu_count);

/* Becomes a warning, if the run stood still or the machine slept. */
void surroundings_note_standstill(struct conditions *conditions, const struct standstill *standstill);
void conditions_done(struct conditions *conditions);

#endif
