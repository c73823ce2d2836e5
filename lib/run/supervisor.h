/* SPDX-License-Identifier: MIT */
/*
 * run/supervisor - runs the rounds of a run.
 *
 * Every round executes one fresh worker for every cell, one after the other, in
 * an order that is shuffled and counterbalanced: each cell takes every slot
 * once in as many rounds as there are cells, so that a drift cancels.  If asked,
 * some go beside one that is before them (plan/concurrent.h).  Stops when every cell's
 * headline is precise enough at two looks in a row (one in quick mode), when the
 * budget is spent, or on a signal.  Time in which the tool was not let run is
 * no part of the budget, nor of what a worker may take.
 *
 * Each round begins with a reference of the host's speed (run/reference-turn.h).
 *
 * Measures nothing itself and keeps nothing but the series, which the caller
 * frees.  Progress is told through a callback, never printed here.
 */
#ifndef HANDOFF_SUPERVISOR_H
#define HANDOFF_SUPERVISOR_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/clock.h"
#include "kernel/sched-policy.h"
#include "measure/round.h"
#include "kernel/standstill.h"
#include "plan/plan.h"
#include "results/reference-series.h"
#include "results/series.h"

struct progress {
	size_t round, cell, cells;
	double elapsed_s;
};

struct supervisor {
	const struct plan *plan;
	struct clock clock;
	const char *worker_path;
	const struct sched_policy *sched;      /* NULL: as we are */
	const char *connect;                   /* the other host, numeric; NULL: none */
	const struct shared_input *shared_input;         /* words of every job; NULL: none */
	const char *reference_path;            /* of the worker that takes the reference */
	struct reference_series *reference;    /* zeroed, the caller's; NULL: none is taken */
	uint64_t seed;
	int control_fd, ack_fd;                /* of perf, -1 without */
	const volatile sig_atomic_t *signal;
	struct standstill *standstill;         /* of the run; begun here */
	void (*tell_progress)(void *context, const struct progress *progress);
	/* A round was lost or not proved. */
	void (*tell_loss)(void *context, const struct cell *cell, const struct round *round);
	void *context;
};

/*
 * series: one a cell, zeroed.  0; -EINTR after a signal, with the series of
 * all complete rounds; -EHOSTDOWN, likewise, when the other host is gone; -ENOMEM.
 */
int supervisor_run(const struct supervisor *supervisor, struct series *series);

#endif
