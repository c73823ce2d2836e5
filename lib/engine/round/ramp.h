/* SPDX-License-Identifier: MIT */
/*
 * engine/round/ramp - makes requests until their device has come to its steady state.
 *
 * The first tenth of a second of a process is another one than the rest: queues, caches
 * of the host and clocks of the CPU have yet to settle.  So requests are made in slices of
 * some milliseconds, each a run of its own, until their rates are steady
 * (statistics/steady.h) or the ramp may last no longer.  All of it is left out of the
 * figures.  The window that follows should be as long as that over which the rates were steady.
 *
 * begin() and add() are the steps, without a clock and without requests: begin() says how
 * many requests the first slice has, in ret->requests; add() is told how long a slice took, and
 * says whether another one is wanted, of ret->requests again.  run() takes them, with the
 * requests of timed.
 */
#ifndef HANDOFF_ENGINE_RAMP_H
#define HANDOFF_ENGINE_RAMP_H

#include "engine/round/context.h"
#include "statistics/steady.h"

/* A second has 200 slices of its length, and 400 of the shortest that count. */
#define ENGINE_RAMP_SLICES 400

struct engine_ramp_plan {
	double request_ns;         /* an estimate */
	uint32_t depth;            /* a slice has as many requests, or a multiple of them */
	double most_ns;            /* that all slices may take */
};

struct engine_ramp {
	struct engine_ramp_plan plan;
	double rates[ENGINE_RAMP_SLICES];      /* requests a ns */
	size_t count;
	uint64_t requests;
	double spent_ns;
	struct steady steady;
};

void engine_ramp_begin(struct engine_ramp *ret, const struct engine_ramp_plan *plan);
bool engine_ramp_add(struct engine_ramp *ramp, double slice_ns);

/* How long the window should be, be it steady or not. */
double engine_ramp_window_ns(const struct engine_ramp *ramp);

/* Whether the requests of this round are a device's: it has a steady state, and a ramp. */
bool engine_ramp_has_device(const struct engine_context *context);

/* Whether the job wants a ramp. */
bool engine_ramp_is_wanted(const struct engine_context *context);

/*
 * What is left of the ramp after spent_ns, which the preparation took: sets is_steady in the
 * context, the cost of a request in timing, and the window in timed.  0, or the error of
 * timed->run.
 */
int engine_ramp_run(struct engine_context *context, double spent_ns, struct timed *timed,
		    struct timing *timing);

#endif
