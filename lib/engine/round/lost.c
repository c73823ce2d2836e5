/* SPDX-License-Identifier: MIT */
/* What the tasks of an engine lost between the edges of the window. */
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine/round/context.h"
#include "kernel/cpu-steal.h"
#include "kernel/sysfile.h"
#include "measure/lost-time.h"

/* Of more, reading would take longer than the window. */
#define TASKS_MOST 64

struct delays {
	double sum_ns;
	size_t count;
};

static int add_delay(const char *name, void *context)
{
	struct delays *delays = context;
	double delay_ns = task_run_delay_ns((pid_t)atoi(name), false);

	delays->sum_ns = delays->sum_ns < 0 || delay_ns < 0 ? -1 : delays->sum_ns + delay_ns;
	return ++delays->count > TASKS_MOST || delays->sum_ns < 0;
}

/* Of all threads of this process; -1: not known, or there are too many. */
static double threads_delay_ns(size_t *ret_threads)
{
	struct delays delays = { 0, 0 };
	int error = sysfile_each_entry("", "/proc/self/task", add_delay, &delays);

	*ret_threads = delays.count;
	return error ? -1 : delays.sum_ns;
}

static double process_cpu_ns(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time))
		return -1;
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void read_counts(struct task_usage *ret)
{
	struct rusage usage;

	if (!getrusage(RUSAGE_SELF, &usage))
		ret->nivcsw = (double)usage.ru_nivcsw;
	ret->cpu_ns = process_cpu_ns();
	ret->at_ns = clock_raw_ns();
}

/* What takes long is read on the far side of what is next to the window. */
void engine_lost_edge_read(const struct engine_context *context, bool is_after,
			   struct engine_lost_edge *ret)
{
	const struct engine_job *job = context->job;

	task_usage_init(&ret->own);
	if (is_after)
		read_counts(&ret->own);
	ret->steal_ns = cpu_steal_ns("", job->cpu_a, job->cpu_b);
	ret->own.run_delay_ns = threads_delay_ns(&ret->threads);
	if (!is_after)
		read_counts(&ret->own);
}

/* Of processes of the engine's own the CPU time is known, and no more. */
static void add_children(const struct engine_edge *before, const struct engine_edge *after,
			 struct lost_time *lost)
{
	double before_ns = before->facts.child_cpu_ns, after_ns = after->facts.child_cpu_ns;

	lost->is_whole = after_ns < 0;
	lost->is_crowded |= after_ns >= 0;
	if (before_ns >= 0 && after_ns >= before_ns && lost->cpu_ns >= 0)
		lost->cpu_ns += after_ns - before_ns;
}

void engine_tell_lost(struct engine_context *context, const struct engine_lost_edge lost[2],
		      const struct engine_edge *before, const struct engine_edge *after)
{
	const struct engine_job *job = context->job;
	struct lost_time *told = &context->round->lost;

	lost_time_add(told, &lost[0].own, &lost[1].own);
	told->cpus = lost_time_cpus(job->cpu_a, job->cpu_b);
	told->is_crowded = lost[1].threads > 1 || engine_service_is_wanted(context);
	told->steal_ns = lost_time_steal(lost[0].steal_ns, lost[1].steal_ns);
	if (engine_service_is_wanted(context)) {
		lost_time_add(told, &before->service.usage, &after->service.usage);
		told->is_whole = true;
	} else {
		add_children(before, after, told);
	}
}
