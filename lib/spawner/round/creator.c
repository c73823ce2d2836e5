/* SPDX-License-Identifier: MIT */
#include "spawner/round/creator.h"

#include <errno.h>
#include <sys/resource.h>

#include "kernel/affinity.h"
#include "kernel/clock.h"
#include "kernel/cpu-steal.h"
#include "kernel/pages.h"
#include "kernel/perf-control.h"
#include "kernel/probe.h"
#include "kernel/process-facts.h"
#include "kernel/task-usage.h"
#include "spawner/round/memory.h"

struct counters {
	double nvcsw, nivcsw, minflt, cpu_ns, migrations, forks;
	double run_delay_ns, steal_ns;
	uint64_t at_ns;
};

static void add_usage(struct counters *counters, int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return;
	counters->nvcsw += (double)usage.ru_nvcsw;
	counters->nivcsw += (double)usage.ru_nivcsw;
	counters->minflt += (double)usage.ru_minflt;
	counters->cpu_ns += 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			    1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void read_usage(const struct spawn_creator *creator, struct counters *counters)
{
	add_usage(counters, creator->is_thread ? RUSAGE_THREAD : RUSAGE_SELF);
	if (!creator->is_thread)
		add_usage(counters, RUSAGE_CHILDREN);
	counters->at_ns = clock_raw_ns();
}

/* The machine's count of forks proves something where nobody else makes thousands. */
static void read_files(const struct spawn_job *job, struct counters *counters)
{
	counters->steal_ns = cpu_steal_ns("", job->cpu_a, job->cpu_b);
	counters->run_delay_ns = task_run_delay_ns(0, false);
	counters->migrations = process_migrations();
	counters->forks = job->is_concurrent ? -1 : process_forks_since_boot();
}

static void keep_counters(struct spawn_lane *lane, const struct counters *before,
			  const struct counters *after)
{
	lane->nvcsw = after->nvcsw - before->nvcsw;
	lane->nivcsw = after->nivcsw - before->nivcsw;
	lane->minflt = after->minflt - before->minflt;
	lane->cpu_ns = after->cpu_ns - before->cpu_ns;
	lane->migrations = after->migrations < 0 ? -1 : after->migrations - before->migrations;
	lane->forks = after->forks < 0 ? -1 : after->forks - before->forks;
}

/* Of tasks the kernel tells what they used once they have ended, but not how long they waited. */
static void keep_lost(const struct counters *before, const struct counters *after,
		      struct lost_time *ret)
{
	const struct task_usage first = {
		.cpu_ns = before->cpu_ns, .nivcsw = before->nivcsw,
		.run_delay_ns = before->run_delay_ns, .at_ns = before->at_ns,
	}, last = {
		.cpu_ns = after->cpu_ns, .nivcsw = after->nivcsw,
		.run_delay_ns = after->run_delay_ns, .at_ns = after->at_ns,
	};

	lost_time_init(ret);
	lost_time_add(ret, &first, &last);
	ret->steal_ns = lost_time_steal(before->steal_ns, after->steal_ns);
}

static void meet(const struct spawn_creator *creator)
{
	if (creator->barrier)
		pthread_barrier_wait(creator->barrier);
}

static int perf_step(struct spawn_loop *loop, int (*step)(int, int))
{
	int error = step(loop->job->control_fd, loop->job->ack_fd);

	if (error)
		round_fail(&loop->lane->round, ROUND_FAILED, error, "perf control", "");
	if (loop->job->control_fd >= 0)
		loop->lane->round.flags |= ROUND_PERF;
	return error;
}

static int measure_counted(const struct spawn_creator *creator, struct spawn_loop *loop)
{
	struct counters before = { 0 }, after = { 0 };
	int error, failed;

	/* Reading files costs faults and time: outside of what usage counts. */
	read_files(creator->job, &before);
	read_usage(creator, &before);
	error = perf_step(loop, perf_control_enable);
	if (error)
		return error;
	PROBE_WINDOW_BEGIN(creator->spawner->about.name);
	error = spawn_loop_measure(loop);
	PROBE_WINDOW_END(creator->spawner->about.name, loop->lane->operations);
	failed = perf_step(loop, perf_control_disable);
	read_usage(creator, &after);
	read_files(creator->job, &after);
	keep_counters(loop->lane, &before, &after);
	keep_lost(&before, &after, &loop->lane->lost);
	return error ? error : failed;
}

/* With the spawner open and the ballast aboard. */
static void run_window(const struct spawn_creator *creator, struct spawn_loop *loop)
{
	int error = spawn_loop_prepare(loop);

	meet(creator);
	if (!error)
		measure_counted(creator, loop);
	meet(creator);
}

static void run_without(const struct spawn_creator *creator)
{
	meet(creator);
	meet(creator);
}

static void run_loaded(const struct spawn_creator *creator, struct spawn_loop *loop,
		       struct spawn_ballast *ballast)
{
	struct round *round = &creator->lane->round;

	if (!creator->is_thread && spawn_ballast_build(ballast, creator->job, round)) {
		run_without(creator);
		return;
	}
	round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		round->flags |= ROUND_TRACED;
	run_window(creator, loop);
	spawn_resident_prove(&ballast->resident, creator->job, round);
}

static int show_again(const struct spawn_creator *creator, struct spawn_loop *loop)
{
	int error = spawn_resident_show(creator->job);

	if (error)
		creator->spawner->close(loop->state);
	return error;
}

/*
 * What a spawner that waits makes in open() is the other side: it takes its
 * seat by being made there.  Then the creator takes its own.
 */
static int open_seated(const struct spawn_creator *creator, struct spawn_loop *loop,
		       const char **ret_reason)
{
	bool is_pair = loop->cpu_a != loop->cpu_b;
	bool waits = creator->spawner->about.traits & SPAWN_WAITS;
	uint64_t user_namespace = process_user_namespace();
	int error = 0;

	if (is_pair && waits)
		error = affinity_set(loop->cpu_b, loop->cpu_b);
	if (creator->cpu >= 0)
		error = affinity_set(creator->cpu, creator->cpu);
	if (error)
		return error;
	error = spawn_resident_hide(creator->job);
	if (error)
		return error;
	error = creator->spawner->open(loop->state, creator->config, ret_reason);
	if (!error)
		error = show_again(creator, loop);
	if (process_user_namespace() != user_namespace)
		loop->lane->round.flags |= ROUND_USERNS;
	if (!error && is_pair && waits) {
		error = affinity_set(loop->cpu_a, loop->cpu_a);
		if (error)
			creator->spawner->close(loop->state);
	}
	return error;
}

/* What a kernel or an account lacks is a skip; a helper that did not answer this time
 * may do so the next. */
static void fail_to_open(struct round *round, int error, const char *reason)
{
	if (error == -ETIMEDOUT)
		round_fail(round, ROUND_FAILED, 0, "open", reason);
	else
		round_skip(round, error, "open", reason);
}

static void take_figures(const struct spawn_creator *creator, const struct spawn_loop *loop,
			 struct spawn_ballast *ballast)
{
	uint64_t begin = clock_raw_ns();

	spawn_memory_figures(loop, ballast, creator->config);
	creator->lane->round.figures_ns = (double)(clock_raw_ns() - begin);
}

/*
 * The spawner opens before the ballast comes aboard: a pool or a fork server
 * is started early by those who use one, while the process is still small.
 */
static void run_opened(const struct spawn_creator *creator, struct spawn_loop *loop)
{
	struct spawn_ballast ballast = { 0 };
	const char *reason = "";
	int error = open_seated(creator, loop, &reason);

	if (error) {
		fail_to_open(&creator->lane->round, error, reason);
		run_without(creator);
		return;
	}
	run_loaded(creator, loop, &ballast);
	creator->spawner->close(loop->state);
	if (creator->job->with_figures && !creator->barrier)
		take_figures(creator, loop, &ballast);
	spawn_ballast_drop(&ballast);
}

void spawn_creator_run(const struct spawn_creator *creator)
{
	const struct spawn_job *job = creator->job;
	bool is_exec = creator->spawner->about.traits & SPAWN_EXEC;
	size_t state_bytes = creator->spawner->state_bytes;
	struct spawn_tasks tasks;
	struct spawn_loop loop = {
		.spawner = creator->spawner,
		.tasks = &tasks,
		.job = job,
		.lane = creator->lane,
		.source = (enum clock_source)job->clock_source,
		.cpu_a = creator->cpu >= 0 ? creator->cpu : job->cpu_a,
		.cpu_b = creator->cpu >= 0 ? creator->cpu : job->cpu_b,
		.is_foreign = job->exec[0] == '/',
		.is_copy = creator->spawner->about.traits & (SPAWN_COPIES | SPAWN_COPY),
	};
	int error = spawn_tasks_init(&tasks, (uint32_t)job->alive, job->alive > 1, loop.source,
				     is_exec ? creator->config->target : NULL, loop.is_foreign,
				     creator->lane->room);

	if (!error && state_bytes)
		loop.state = pages_take(state_bytes);
	if (error || (state_bytes && !loop.state)) {
		round_refuse(&creator->lane->round, error ? error : -ENOMEM, "tasks", "");
		run_without(creator);
	} else {
		run_opened(creator, &loop);
	}
	pages_give(loop.state, state_bytes);
	if (!error)
		spawn_tasks_done(&tasks);
}
