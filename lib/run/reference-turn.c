/* SPDX-License-Identifier: MIT */
#include "run/reference-turn.h"

#include <errno.h>
#include <stdio.h>

#include "measure/reference-job.h"
#include "run/answer.h"
#include "run/job.h"

/* It needs 1 ms; who needs longer is stopped, or on a machine that shows nothing. */
#define DEADLINE_NS 2e9
#define FAILURES_MOST 3

static bool is_given_up(const struct reference_series *reference)
{
	return !reference->taken && reference->count >= FAILURES_MOST;
}

/* The first that a cell is measured on; -1: all of them float. */
static int cpu_of(const struct run *run)
{
	const struct cell *cells = run->supervisor->plan->cells;

	for (size_t i = 0; i < run->count; i++)
		if (cells[run->cells[i]].seat.cpus[0] >= 0)
			return cells[run->cells[i]].seat.cpus[0];
	return -1;
}

static struct seat seat_on(int cpu)
{
	struct seat seat = { .cpus = { cpu, cpu }, .nodes = { -1, -1 }, .is_float = cpu < 0,
			     .cores = { -1, -1 } };

	snprintf(seat.name, sizeof(seat.name), "reference");
	return seat;
}

static struct worker_order order_of(const struct run *run, const struct seat *seat, char **arguments)
{
	const struct supervisor *supervisor = run->supervisor;

	return (struct worker_order){
		.path = supervisor->reference_path,
		.argv = arguments,
		.kind = &reference_job_kind,
		.ns_per_tick = supervisor->clock.ns_per_tick,
		.mechanism = REFERENCE_MECHANISM,
		.seat = seat,
		.control_fd = -1,
		.ack_fd = -1,
		.deadline_ns = DEADLINE_NS,
		.signal = supervisor->signal,
		.standstill = supervisor->standstill,
	};
}

static int take(struct run *run, const struct worker_order *order)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	struct round failure, round;
	int error = worker_run(order, &run->reference_answer, &failure);

	if (error)
		return error;
	worker_answer_read(order, &run->reference_answer, &failure, &round, pairs);
	return reference_series_add(run->supervisor->reference, &round);
}

int reference_turn_run(struct run *run, size_t round)
{
	const struct supervisor *supervisor = run->supervisor;
	struct worker_order order;
	struct seat seat;
	char **arguments;
	int error;

	if (!supervisor->reference || is_given_up(supervisor->reference))
		return 0;
	seat = seat_on(cpu_of(run));
	arguments = worker_job_reference(&supervisor->clock, supervisor->reference_path, seat.cpus[0],
					 run_fresh_nonce(), round);
	if (!arguments)
		return -ENOMEM;
	order = order_of(run, &seat, arguments);
	error = take(run, &order);
	worker_job_free(arguments);
	return error;
}
