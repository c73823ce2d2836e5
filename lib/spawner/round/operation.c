/* SPDX-License-Identifier: MIT */
#include "spawner/round/operation.h"

#include <errno.h>

#include "kernel/affinity.h"
#include "kernel/process-facts.h"

struct stamps {
	uint64_t call, returned, release, reaped;
};

_Static_assert(sizeof(struct stamps) <= SPAWN_SCRATCH_BYTES, "a group's stamps fit");

static bool is_exec(const struct spawn_loop *loop)
{
	return loop->spawner->about.traits & SPAWN_EXEC;
}

/* living: tasks that were alive when no further one could be made. */
static void fail_for_limits(struct round *round, int error, const char *step, uint32_t living)
{
	char reason[sizeof(round->reason)];

	process_limit_reason(reason, sizeof(reason), living);
	round_fail(round, ROUND_SKIPPED, error, step, reason);
}

int spawn_fail(struct spawn_loop *loop, int error, const char *step)
{
	struct round *round = &loop->lane->round;

	/* Errors that are ours, not the kernel's: strerror() would mislead. */
	if (error == -EINTR)
		round_fail(round, ROUND_FAILED, -EOWNERDEAD, step, "the task was killed by a signal");
	else if (error == -ECHILD)
		round_fail(round, ROUND_FAILED, 0, step,
			   "the task ended without having done what it was created for");
	else if (error == -ENOENT)
		round_fail(round, ROUND_FAILED, 0, step,
			   "libc, the shell or the kernel could not execute the target (status 127)");
	else if (error == -EAGAIN)
		fail_for_limits(round, error, step, 0);
	else
		round_refuse(round, error, step, "");
	return error;
}

static void renew(const struct spawn_loop *loop, struct spawn_task *task)
{
	spawn_task_reset(task);
	task->is_copy = loop->is_copy;
}

static int start_one(struct spawn_loop *loop, struct spawn_task *task, struct stamps *stamps)
{
	int error;

	renew(loop, task);
	stamps->call = clock_start(loop->source);
	error = loop->spawner->start(loop->state, task);
	stamps->returned = clock_stop(loop->source);
	return error;
}

static int reap_one(struct spawn_loop *loop, struct spawn_task *task, struct stamps *stamps)
{
	int error;

	stamps->release = clock_start(loop->source);
	if (task->is_held && !is_exec(loop))
		spawn_task_release(task);
	error = loop->spawner->reap(loop->state, task);
	stamps->reaped = clock_stop(loop->source);
	return error;
}

/* The same without a look at the clock in between. */
static int live_one(struct spawn_loop *loop, struct spawn_task *task, struct stamps *stamps)
{
	int error;

	renew(loop, task);
	stamps->call = clock_start(loop->source);
	error = loop->spawner->start(loop->state, task);
	stamps->returned = stamps->release = clock_stop(loop->source);
	if (error)
		return error;
	error = loop->spawner->reap(loop->state, task);
	stamps->reaped = clock_stop(loop->source);
	return error;
}

/* A task that left no trace did not run, whatever its exit status says. */
bool spawn_has_run(const struct spawn_loop *loop, const struct spawn_task *task)
{
	if (is_exec(loop))
		return loop->is_foreign || (task->exec_first && task->exec_last);
	return task->first && task->last;
}

static void keep(struct spawn_loop *loop, enum spawn_metric metric, uint64_t from, uint64_t until)
{
	struct sample *sample = &loop->lane->samples[metric];

	sample->ticks[sample->count++] = (int64_t)(until - from);
}

/* Where the task began, or -1 if nobody can tell. */
static int task_cpu(const struct spawn_task *task)
{
	if (task->first)
		return task->first_cpu;
	return task->exec_cpu ? (int)task->exec_cpu - 1 : -1;
}

void spawn_keep_places(struct spawn_loop *loop, const struct spawn_task *task)
{
	struct spawn_lane *lane = loop->lane;
	int here = clock_cpu(loop->source), there = task_cpu(task);

	round_saw_cpu(&lane->round, here);
	lane->creator_at_home += here == loop->cpu_a;
	if (there < 0)
		return;
	round_saw_cpu(&lane->round, there);
	lane->tasks_seen++;
	lane->task_at_home += there == loop->cpu_b;
}

/*
 * With two CPUs allowed it is the kernel that chooses where a new task begins,
 * and where its creator wakes up.  A task that it put beside its creator, or a
 * creator that followed its task, is of another placement than the one asked
 * for: counted, and not recorded here.
 */
static bool is_elsewhere(struct spawn_loop *loop, const struct spawn_task *task)
{
	if (loop->cpu_a == loop->cpu_b)
		return false;
	if (task_cpu(task) == loop->cpu_b && clock_cpu(loop->source) == loop->cpu_a)
		return false;
	loop->lane->elsewhere++;
	return true;
}

static void record(struct spawn_loop *loop, const struct spawn_task *task,
		   const struct stamps *stamps)
{
	bool is_target = is_exec(loop) && !loop->is_foreign;

	loop->lane->started++;
	if (is_elsewhere(loop, task))
		return;
	keep(loop, SPAWN_CALL, stamps->call, stamps->returned);
	if (task->first)
		keep(loop, SPAWN_FIRST, stamps->call, task->first);
	if (is_target)
		keep(loop, SPAWN_EXECUTED, stamps->call, task->exec_first);
	/* Held targets are all let go at once: whose end it was is unknown. */
	if (is_target && !task->is_held)
		keep(loop, SPAWN_REAP, task->exec_last, stamps->reaped);
	else if (task->last)
		keep(loop, SPAWN_REAP, task->last, stamps->reaped);
	/* The life of a held task is mostly waiting for the others: it says nothing. */
	if (!task->is_held)
		keep(loop, SPAWN_LIFE, stamps->call, stamps->reaped);
	spawn_keep_places(loop, task);
}

/*
 * Before each operation of a pair, outside of all timed regions: back to the
 * creator's CPU, then leave the kernel both to choose from.
 */
static int go_home(const struct spawn_loop *loop)
{
	int error;

	if (loop->cpu_a == loop->cpu_b || loop->spawner->about.traits & SPAWN_WAITS)
		return 0;
	error = affinity_set(loop->cpu_a, loop->cpu_a);
	return error ? error : affinity_set(loop->cpu_a, loop->cpu_b);
}

int spawn_run_single(struct spawn_loop *loop)
{
	struct spawn_task *task = &loop->tasks->task[0];
	struct stamps stamps;
	int error = go_home(loop);

	if (error)
		return spawn_fail(loop, error, "affinity");
	error = live_one(loop, task, &stamps);
	if (error)
		return spawn_fail(loop, error, "life");
	if (!spawn_has_run(loop, task))
		return spawn_fail(loop, -ECHILD, "life");
	if (loop->is_recording)
		record(loop, task, &stamps);
	loop->lane->operations++;
	return 0;
}

static void fail_start(struct spawn_loop *loop, int error, uint32_t living)
{
	if (living && (error == -EAGAIN || error == -ENOMEM))
		fail_for_limits(&loop->lane->round, error, "start", living);
	else
		spawn_fail(loop, error, "start");
}

static int start_group(struct spawn_loop *loop, uint32_t count, struct stamps *ret_stamps,
		       uint32_t *ret_started)
{
	int error = 0;

	for (*ret_started = 0; *ret_started < count && !error; *ret_started += !error)
		error = start_one(loop, &loop->tasks->task[*ret_started],
				  &ret_stamps[*ret_started]);
	if (error)
		fail_start(loop, error, *ret_started);
	return error;
}

static int release_targets(struct spawn_loop *loop, uint32_t count)
{
	int error = is_exec(loop) ? spawn_tasks_release_targets(loop->tasks, count) : 0;

	/* The end of file lets go those that no byte has reached. */
	if (error)
		spawn_tasks_shut_gate(loop->tasks);
	return error;
}

static int reap_group(struct spawn_loop *loop, uint32_t count, struct stamps *stamps)
{
	int first = release_targets(loop, count);

	for (uint32_t i = 0; i < count; i++) {
		struct spawn_task *task = &loop->tasks->task[i];
		/* All are collected, also behind an error: none may be left. */
		int error = reap_one(loop, task, &stamps[i]);

		if (!error && !spawn_has_run(loop, task))
			error = -ECHILD;
		first = first ? first : error;
	}
	return first ? spawn_fail(loop, first, "reap") : 0;
}

int spawn_loop_hold(struct spawn_loop *loop, uint32_t count, uint32_t *ret_started)
{
	struct stamps stamps;
	int error = 0;

	for (*ret_started = 0; *ret_started < count && !error; *ret_started += !error)
		error = start_one(loop, &loop->tasks->task[*ret_started], &stamps);
	return error;
}

int spawn_loop_let_go(struct spawn_loop *loop, uint32_t count)
{
	struct stamps stamps;
	int error = release_targets(loop, count);

	for (uint32_t i = 0; i < count; i++) {
		int failed = reap_one(loop, &loop->tasks->task[i], &stamps);

		error = error ? error : failed;
	}
	return error;
}

static void record_group(struct spawn_loop *loop, uint32_t count, const struct stamps *stamps)
{
	for (uint32_t i = 0; i < count; i++)
		record(loop, &loop->tasks->task[i], &stamps[i]);
}

static int run_group(struct spawn_loop *loop)
{
	uint32_t count = loop->tasks->count, started;
	struct stamps *stamps = (struct stamps *)loop->tasks->scratch;
	int error = go_home(loop), failed;

	if (error)
		return spawn_fail(loop, error, "affinity");
	error = start_group(loop, count, stamps, &started);
	failed = started ? reap_group(loop, started, stamps) : 0;

	if (error || failed)
		return error ? error : failed;
	if (loop->is_recording)
		record_group(loop, count, stamps);
	loop->lane->operations += count;
	return 0;
}

int spawn_run_some(struct spawn_loop *loop)
{
	return loop->tasks->is_held ? run_group(loop) : spawn_run_single(loop);
}
