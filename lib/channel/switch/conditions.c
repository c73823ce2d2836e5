/* SPDX-License-Identifier: MIT */
#include "channel/switch/conditions.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/affinity.h"
#include "kernel/task-usage.h"

/* Calls that are timed, each alone; fewer will do on a CPU with other work. */
#define YIELDS 64
#define YIELDS_LEAST 8
#define YIELDS_PATIENCE_NS 300000000u
/* A call that gives the CPU away comes back after a slice: it is not tried for ever. */
#define YIELDS_TRIED 256

int channel_conditions_nest(struct channel_context *context, struct channel_conditions *conditions)
{
	char reason[CGROUP_NEST_REASON_BYTES];
	int error = cgroup_nest_begin(&conditions->nest, (uint32_t)context->job->cgroup_depth, reason);

	if (error)
		round_skip(context->round, 0, "cgroup", reason);
	return error;
}

static int compare_ticks(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static double median(int64_t *ticks, size_t count)
{
	qsort(ticks, count, sizeof(*ticks), compare_ticks);
	return (double)ticks[count / 2];
}

static double own_switches(bool is_behind)
{
	struct task_usage usage;

	task_usage_own(is_behind, &usage);
	return usage.nvcsw + usage.nivcsw;
}

/* One call; false if somebody else ran in it. */
static bool time_one(enum clock_source source, int64_t *ret_ticks)
{
	double before = own_switches(false);
	uint64_t begin = clock_start(source);

	sched_yield();
	*ret_ticks = (int64_t)(clock_stop(source) - begin);
	return own_switches(true) == before;
}

static double time_nothing(enum clock_source source)
{
	int64_t ticks[YIELDS];

	for (size_t i = 0; i < YIELDS; i++) {
		uint64_t begin = clock_start(source);

		ticks[i] = (int64_t)(clock_stop(source) - begin);
	}
	return median(ticks, YIELDS);
}

/* What each turn of the runnable tasks costs beside the switch; none of them is there yet. */
static int time_yield(struct channel_context *context, double *ret_ticks)
{
	enum clock_source source = (enum clock_source)context->job->clock_source;
	int64_t ticks[YIELDS];
	uint64_t patience_end = clock_raw_ns() + YIELDS_PATIENCE_NS;
	size_t count = 0;

	/* Others that run just now will sleep again some time. */
	for (int try = 0; count < YIELDS; try++) {
		if (try >= YIELDS_TRIED && (count >= YIELDS_LEAST || clock_raw_ns() > patience_end))
			break;
		count += time_one(source, &ticks[count]);
	}
	if (count < YIELDS_LEAST) {
		round_fail(context->round, ROUND_FAILED, 0, "twin", "other tasks ran amidst the calls "
			   "of sched_yield() that were to make no switch");
		return -EBUSY;
	}
	*ret_ticks = median(ticks, count) - time_nothing(source);
	return 0;
}

static void tell_runnable(struct round *round, int error, const char *reason)
{
	if (*reason)
		round_skip(round, 0, "runnable", reason);
	else if (error == -ECHILD)
		round_fail(round, ROUND_FAILED, 0, "runnable", "one of the runnable tasks ended");
	else if (error == -ETIMEDOUT)
		round_fail(round, ROUND_FAILED, 0, "runnable",
			   "the runnable tasks did not get on for 3 s: stopped, or the CPU is taken");
	else
		round_refuse(round, error, "runnable", "");
}

int channel_conditions_runnable(struct channel_context *context, struct channel_conditions *conditions)
{
	const struct channel_job *job = context->job;
	char reason[RUNNABLE_REASON_BYTES];
	int error;

	if (!job->runnable)
		return 0;
	error = affinity_set(job->cpu_a, job->cpu_a);
	if (!error)
		error = time_yield(context, &conditions->yield_ticks);
	if (error)
		return error;
	error = runnable_begin(&conditions->runnable, (uint32_t)job->runnable, job->cpu_a,
			       context->config.is_process, reason);
	if (error)
		tell_runnable(context->round, error, reason);
	return error;
}

void channel_conditions_look(struct channel_conditions *conditions)
{
	runnable_look(&conditions->runnable, &conditions->before);
}

/* Called twice: then it is what was between. */
void channel_conditions_turns(struct channel_conditions *conditions)
{
	conditions->turns = runnable_turns(&conditions->runnable) - conditions->turns;
}

void channel_conditions_look_behind(struct channel_conditions *conditions,
				    const struct channel_pair *pair)
{
	int here, there;

	runnable_look(&conditions->runnable, &conditions->behind);
	if (!conditions->nest.depth)
		return;
	here = cgroup_nest_levels(&conditions->nest, getpid());
	there = cgroup_nest_levels(&conditions->nest, pair->lane->tid);
	conditions->levels = here < there ? here : there;
}

void channel_conditions_prove(const struct channel_context *context, const struct channel_conditions *conditions)
{
	const struct channel_job *job = context->job;
	double before = conditions->before.waiting, behind = conditions->behind.waiting;

	if (job->runnable)
		round_add_proof(context->round, "runnable", PROOF_EQUAL, (double)job->runnable,
				before < behind ? before : behind);
	if (job->cgroup_depth)
		round_add_proof(context->round, "cgroup_depth", PROOF_EQUAL,
				(double)job->cgroup_depth, conditions->levels);
}

double channel_conditions_switches(const struct channel_conditions *conditions)
{
	double calls = conditions->behind.turns - conditions->before.turns;

	if (conditions->before.switches < 0 || conditions->behind.switches < 0)
		return -1;
	return calls > 0 ? (double)conditions->turns *
			   (conditions->behind.switches - conditions->before.switches) / calls : 0;
}

void channel_conditions_end(struct channel_conditions *conditions)
{
	runnable_end(&conditions->runnable);
	cgroup_nest_end(&conditions->nest);
}
