/* SPDX-License-Identifier: MIT */
/* What requests took: the series and figures of a round. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/round/context.h"
#include "engine/round/paced.h"
#include "engine/round/ramp.h"
#include "engine/round/sleep.h"
#include "kernel/pages.h"
#include "kernel/proc-task.h"

/* Series */

static int describe_lanes(const struct engine_lanes *lanes, struct round_series *ret_series,
			  struct histogram_pair **ret_pairs)
{
	size_t bytes = lanes->count * sizeof(struct sample *);
	const struct sample **samples = pages_take(bytes);
	int error = samples ? 0 : -ENOMEM;

	for (uint32_t i = 0; samples && i < lanes->count; i++)
		samples[i] = &lanes->lanes[i].sample;
	if (!error)
		error = sample_describe(samples, lanes->count, ret_series, ret_pairs);
	pages_give(samples, bytes);
	return error;
}

static void describe_requests(struct engine_context *context, const struct timing *timing)
{
	struct round *round = context->round;
	uint32_t i = round->series_count;
	int error;

	memset(&round->series[i], 0, sizeof(round->series[i]));
	strcpy(round->series[i].metric, "request");
	error = describe_lanes(&context->lanes, &round->series[i], &context->pairs[i]);
	if (error == -ENODATA)
		return;
	if (error) {
		round_fail(round, ROUND_FAILED, error, "samples", "");
		return;
	}
	round->series[i].overhead = timing->region_overhead;
	round->series_count++;
}

static void describe_interval(struct engine_context *context, const struct timing *timing)
{
	struct round *round = context->round;
	uint32_t i = round->series_count;
	int error = timing_describe(timing, "interval", &round->series[i], &context->pairs[i]);

	if (error) {
		round_fail(round, ROUND_FAILED, error, "samples", "");
		return;
	}
	round->series_count++;
	round->flags |= timing->flags;
}

static double interval_ns(const struct engine_context *context, const struct timing *timing)
{
	const struct round_series *interval = &context->round->series[0];

	if (engine_paced_is_wanted(context))
		return engine_paced_interval_ns(context);
	return (interval->sum / (double)interval->n - timing->overhead) * context->job->ns_per_tick;
}

static void tell_rates(struct engine_context *context, double ns)
{
	if (!(ns > 0))
		return;
	round_add_figure(context->round, "requests_per_s", 1e9 / ns);
	if (context->lanes.load->has_bytes)
		round_add_figure(context->round, "bytes_per_s",
				 1e9 / ns * (double)context->config.block_bytes);
}

/* Little's law: as many are in flight on average as their latencies add up to.  Of a few
 * that are timed it says little. */
static void tell_in_flight(struct engine_context *context, double ns)
{
	const struct round *round = context->round;
	const struct round_series *request = &round->series[engine_paced_is_wanted(context) ? 0 : 1];

	if (round->series_count < 2 || !(ns > 0) || context->lanes.load->sampling > 1)
		return;
	round_add_figure(context->round, "in_flight", request->sum / (double)request->n *
			 context->job->ns_per_tick / ns);
}

static void tell_per_op(struct round *round, const char *name, double before, double after,
			double operations)
{
	if (before >= 0 && after >= 0)
		round_add_figure(round, name, (after - before) / operations);
}

/* Of this process and of the engine's own, where it has some. */
static double with_children(double own, double children)
{
	return children > 0 ? own + children : own;
}

static void tell_costs(struct engine_context *context, const struct engine_edge *before,
		       const struct engine_edge *after)
{
	double operations = (double)(after->ended - before->ended);
	struct round *round = context->round;

	tell_per_op(round, "cpu_ns_per_op", with_children(before->cpu_ns, before->facts.child_cpu_ns),
		    with_children(after->cpu_ns, after->facts.child_cpu_ns), operations);
	/* What the kernel's threads took for a ring is the difference. */
	if (engine_context_has(context, ENGINE_RING) && !engine_service_is_wanted(context) &&
	    after->facts.tasks == 1)
		tell_per_op(round, "submitter_cpu_ns_per_op", before->thread_cpu_ns,
			    after->thread_cpu_ns, operations);
	tell_per_op(round, "switches_per_op",
		    with_children(before->switches, before->facts.child_switches),
		    with_children(after->switches, after->facts.child_switches), operations);
	tell_per_op(round, "calls_per_op", before->facts.calls, after->facts.calls, operations);
	tell_per_op(round, "hits_per_op", before->facts.hits, after->facts.hits, operations);
}

/* Threads that the kernel has made for a process: "iou-wrk-123", "iou-sqp-123". */
static double kernel_threads(pid_t pid, const char *prefix)
{
	char folder[PROC_TASK_PATH_MAX];
	DIR *tasks;
	struct dirent *entry;
	double count = 0;

	proc_task_path(pid, "task", folder);
	tasks = opendir(folder);
	while (tasks && (entry = readdir(tasks))) {
		char path[PROC_TASK_PATH_MAX + 264], name[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s/comm", folder, entry->d_name);
		file = *entry->d_name == '.' ? NULL : fopen(path, "re");
		if (file && fgets(name, sizeof(name), file))
			count += !strncmp(name, prefix, strlen(prefix));
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return tasks ? count : -1;
}

static void tell_makings(struct engine_context *context, const struct engine_edge *after)
{
	struct round *round = context->round;
	pid_t pid = context->service.process.pid ? context->service.process.pid : getpid();

	if (after->facts.tasks >= 0)
		round_add_figure(round, "tasks", after->facts.tasks);
	if (!engine_context_has(context, ENGINE_RING))
		return;
	round_add_figure(round, "io_wq_threads", kernel_threads(pid, "iou-wrk"));
	round_add_figure(round, "sq_threads", kernel_threads(pid, "iou-sqp"));
	round_add_figure(round, "ring_flags", after->facts.ring_flags);
	round_add_figure(round, "ring_features", after->facts.ring_features);
}

/* Of what asks no device there is none. */
static void tell_ramp(struct engine_context *context)
{
	if (!engine_ramp_has_device(context))
		return;
	if (context->ramp_ns > 0)
		round_add_figure(context->round, "ramp_ns", context->ramp_ns);
	if (!context->is_steady)
		context->round->flags |= ROUND_RAMP;
}

static void describe_closed(struct engine_context *context, const struct timing *timing,
			    bool is_tried_only)
{
	describe_interval(context, timing);
	if (context->round->status == ROUND_MEASURED && !is_tried_only)
		describe_requests(context, timing);
}

void engine_tell(struct engine_context *context, const struct timing *timing,
		 const struct engine_edge *before, const struct engine_edge *after)
{
	double ns;

	if (engine_paced_is_wanted(context) && before)
		engine_paced_tell(context, timing);
	else
		describe_closed(context, timing, !before);
	context->round->window_ticks = timing_window(timing);
	if (context->round->status != ROUND_MEASURED || !before)
		return;
	ns = interval_ns(context, timing);
	tell_rates(context, ns);
	tell_in_flight(context, ns);
	tell_costs(context, before, after);
	tell_ramp(context);
	tell_makings(context, after);
	if (engine_context_sleeps(context))
		engine_sleep_tell(context, timing, before, after);
	if (engine_service_is_wanted(context))
		engine_service_tell(context, timing, before, after);
}
