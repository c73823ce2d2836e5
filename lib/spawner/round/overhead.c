/* SPDX-License-Identifier: MIT */
#include "spawner/round/overhead.h"

#include <sys/syscall.h>

#include "kernel/raw-syscall.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/operation.h"

#define OPERATIONS 512

/* Code of ours runs in the task, before or instead of a target. */
static bool has_own_code(const struct spawn_shape *shape)
{
	return !(shape->traits & SPAWN_NO_CHILD_CODE);
}

static bool has_target(const struct spawn_shape *shape)
{
	return shape->traits & SPAWN_EXEC && !shape->is_foreign;
}

/* The call does not return before the task has begun. */
static bool runs_in_call(const struct spawn_shape *shape)
{
	return shape->traits & (SPAWN_USER | SPAWN_SUSPENDS);
}

/* Without a process id to wait for there is one call for all of it: system(3). */
static bool ends_in_call(const struct spawn_shape *shape)
{
	if (!(shape->traits & SPAWN_SUSPENDS))
		return false;
	return !(shape->traits & SPAWN_EXEC) || shape->traits & SPAWN_NO_PID;
}

static double of_call(const struct spawn_costs *costs, const struct spawn_shape *shape)
{
	double ticks = costs->empty;

	if (runs_in_call(shape) && has_own_code(shape))
		ticks += costs->begin;
	if (ends_in_call(shape) && !(shape->traits & SPAWN_EXEC))
		ticks += costs->end;
	if (ends_in_call(shape) && has_target(shape))
		ticks += costs->target;
	return ticks;
}

/* Beside its creator a task comes after the creator's look at the end of the call. */
static double of_beginning(const struct spawn_costs *costs, const struct spawn_shape *shape)
{
	bool is_behind = shape->is_beside && !runs_in_call(shape);

	return costs->first + (is_behind ? costs->middle : 0);
}

static double of_life(const struct spawn_costs *costs, const struct spawn_shape *shape)
{
	double ticks = costs->empty + costs->middle;

	if (has_own_code(shape))
		ticks += costs->begin;
	if (!(shape->traits & SPAWN_EXEC))
		ticks += costs->end;
	if (has_target(shape))
		ticks += costs->target;
	return ticks;
}

double spawn_overhead(const struct spawn_costs *costs, const struct spawn_shape *shape,
		      enum spawn_metric metric)
{
	switch (metric) {
	case SPAWN_CALL:
		return of_call(costs, shape);
	case SPAWN_FIRST:
		return of_beginning(costs, shape);
	case SPAWN_EXECUTED:
		return of_beginning(costs, shape) + (has_own_code(shape) ? costs->begin : 0);
	case SPAWN_REAP:
		return costs->last + (has_target(shape) ? costs->report : 0);
	case SPAWN_LIFE:
		return of_life(costs, shape);
	default:
		return 0;
	}
}

/*
 * An operation without a task.  The traits are those of a program that tells nothing of
 * itself, so that nobody misses a trace of it.
 */
static int idle_step(void *state, struct spawn_task *task)
{
	(void)state, (void)task;
	return 0;
}

static const struct spawner idle = {
	.about = { "idle", "nothing", SPAWN_EXEC | SPAWN_NO_CHILD_CODE },
	.start = idle_step,
	.reap = idle_step,
};

/* Operations of another spawner through the very same loop, one by one. */
static int run_instead(const struct spawn_loop *loop, const struct spawner *spawner)
{
	struct spawn_task *task = &loop->tasks->task[0];
	struct spawn_lane *lane = loop->lane;
	struct spawn_loop instead = *loop;
	uint32_t is_held = task->is_held;
	int error = 0;

	instead.spawner = spawner;
	instead.is_recording = instead.is_foreign = true;
	/* It never leaves this CPU, wherever tasks are to go. */
	instead.cpu_a = instead.cpu_b = -1;
	/* The life of a held one is not recorded. */
	task->is_held = false;
	spawn_loop_forget(lane);
	for (int i = 0; i < OPERATIONS && !error; i++) {
		if (lane->samples[SPAWN_CALL].count == lane->samples[SPAWN_CALL].capacity)
			spawn_loop_forget(lane);
		error = spawn_run_single(&instead);
	}
	task->is_held = is_held;
	return error;
}

static int median_of(const struct spawn_lane *lane, enum spawn_metric metric, double *ret_ticks,
		     double *ret_spread)
{
	struct sample alone = lane->samples[metric];

	alone.operations = NULL;
	return sample_median(&alone, ret_ticks, ret_spread);
}

/* Of null: its task begins in the call and ends when it is reaped. */
static int measure_task(struct spawn_loop *loop, struct spawn_costs *costs)
{
	double ticks[SPAWN_METRICS], *spread = loop->lane->overhead_spread;
	int error = run_instead(loop, &spawner_null);

	for (int metric = 0; metric < SPAWN_METRICS && !error; metric++)
		error = median_of(loop->lane, (enum spawn_metric)metric, &ticks[metric],
				  &spread[metric]);
	if (error)
		return error;
	spread[SPAWN_EXECUTED] = spread[SPAWN_FIRST];
	costs->first = ticks[SPAWN_FIRST];
	costs->last = ticks[SPAWN_REAP];
	costs->begin = ticks[SPAWN_CALL] - costs->empty;
	costs->end = ticks[SPAWN_LIFE] - ticks[SPAWN_CALL] - costs->middle;
	return 0;
}

static int measure_looks(struct spawn_loop *loop, struct spawn_costs *costs)
{
	double life, spread;
	int error = run_instead(loop, &idle);

	if (!error)
		error = median_of(loop->lane, SPAWN_CALL, &costs->empty, &spread);
	if (!error)
		error = median_of(loop->lane, SPAWN_LIFE, &life, &spread);
	costs->middle = error ? 0 : life - costs->empty;
	return error;
}

/* The system calls of workers/target.h, made here instead; nobody reads what they write. */
static void report(const struct spawn_loop *loop)
{
	const struct spawn_task *task = &loop->tasks->task[0];
	uint64_t words[3] = { 0, 0, 0 };

	raw_syscall(SYS_pwrite64, loop->tasks->fd, (long)words, sizeof(words),
		    (const char *)task - (const char *)loop->tasks->started, 0, 0);
}

static void look_and_report(const struct spawn_loop *loop)
{
	clock_start_of_copy(loop->source);
	if (loop->source != CLOCK_RDTSCP)
		cpu_number_by_call();
	clock_start_of_copy(loop->source);
	report(loop);
}

/* Into the buffer of an end point that nothing is kept in yet. */
static int time_work(const struct spawn_loop *loop, void (*work)(const struct spawn_loop *),
		     double *ret_ticks)
{
	struct sample sample = loop->lane->samples[SPAWN_CALL];
	double spread;

	for (sample.count = 0; sample.count < sample.capacity && sample.count < OPERATIONS;
	     sample.count++) {
		uint64_t begin = clock_start(loop->source);

		work(loop);
		sample.ticks[sample.count] = (int64_t)(clock_stop(loop->source) - begin);
	}
	return sample_median(&sample, ret_ticks, &spread);
}

static int measure_target(const struct spawn_loop *loop, struct spawn_costs *costs)
{
	int error = time_work(loop, report, &costs->report);

	if (!error)
		error = time_work(loop, look_and_report, &costs->target);
	costs->report -= costs->empty;
	costs->target -= costs->empty;
	return error;
}

int spawn_overhead_measure(struct spawn_loop *loop)
{
	const struct spawn_shape shape = {
		.traits = loop->spawner->about.traits,
		.is_beside = loop->cpu_a >= 0 && loop->cpu_a == loop->cpu_b,
		.is_foreign = loop->is_foreign,
	};
	struct spawn_costs costs = { .empty = 0 };
	struct spawn_lane *lane = loop->lane;
	int error = measure_looks(loop, &costs);

	if (!error)
		error = measure_task(loop, &costs);
	if (!error && has_target(&shape))
		error = measure_target(loop, &costs);
	if (error)
		return spawn_fail(loop, error, "overhead");
	for (int metric = 0; metric < SPAWN_METRICS; metric++)
		lane->overhead[metric] = spawn_overhead(&costs, &shape, (enum spawn_metric)metric);
	lane->single_overhead = lane->overhead[SPAWN_LIFE];
	spawn_loop_forget(lane);
	return 0;
}
