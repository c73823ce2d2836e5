/* SPDX-License-Identifier: MIT */
#include "channel/switch/switch-ring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/pair/set-up.h"
#include "channel/switch/ring.h"
#include "channel/switch/task-census.h"
#include "kernel/affinity.h"
#include "kernel/proc-task.h"
#include "kernel/process-facts.h"
#include "measure/memory-proof.h"

#define KIB 1024.0
#define MEMORY_SHARE_MOST 0.5
/* What a task costs the machine that has nothing of its own to do, about. */
#define PROCESS_BYTES (256 << 10)
#define THREAD_BYTES (64 << 10)
/* Of the twin, a hop: more, and somebody else had the CPU meanwhile. */
#define TWIN_SWITCHES_MOST 0.1
#define SWITCHES_LEAST 0.5

struct ring_edges {
	struct task_census before, after;
};

/* One task with both ends and everybody's work. */
struct ring_twin {
	const struct channel *channel;
	struct channel_end **ends;
	struct channel_work work;
};

bool channel_is_ring(const struct channel_job *job)
{
	return job->tasks > 2 || job->footprint || strcmp(job->state, "none");
}

static int run_laps(void *ring, uint64_t n)
{
	return channel_ring_run(ring, n);
}

static int run_hops(void *argument, uint64_t n)
{
	struct ring_twin *twin = argument;

	return twin->channel->lap(twin->ends[0], twin->ends[1], &twin->work, n);
}

/* What cannot be here */

static struct channel_work_plan work_of(const struct channel_job *job)
{
	struct channel_work_plan plan = { .footprint_bytes = job->footprint,
					  .stride_bytes = job->stride };

	/* channel-worker.c has refused what is no such word. */
	vector_state_parse(job->state, &plan.state);
	return plan;
}

/* Beyond that the out-of-memory killer would decide what is measured. */
static bool has_memory(struct channel_context *context, const struct channel_work_plan *work)
{
	double available = KIB * process_meminfo_kib("MemAvailable");
	double each = context->config.is_process ? PROCESS_BYTES : THREAD_BYTES;
	double needed = (double)context->job->tasks * (each + (double)channel_work_bytes(work));
	char reason[CHANNEL_REASON_BYTES];

	if (available < 0 || needed <= MEMORY_SHARE_MOST * available)
		return true;
	snprintf(reason, sizeof(reason),
		 "its tasks take %.0f MiB, more than half of the %.0f MiB of memory that are "
		 "available: lower --tasks or --footprint", needed / KIB / KIB,
		 available / KIB / KIB);
	round_fail(context->round, ROUND_SKIPPED, 0, "memory", reason);
	return false;
}

static bool has_registers(struct channel_context *context, const struct channel_work_plan *work)
{
	const char *missing = vector_state_missing(work->state);

	if (missing)
		round_fail(context->round, ROUND_SKIPPED, 0, "state", missing);
	return !missing;
}

/* The twin */

/* It must not have been switched away from: then it is no twin. */
static int check_twin(const struct timing *timing, const struct ring_edges *edges)
{
	double switches = task_census_grown(edges->before.switches, edges->after.switches);

	return switches <= TWIN_SWITCHES_MOST * (double)timing->operations_done + 1 ? 0 : -EBUSY;
}

static int time_hops(struct channel_context *context, struct ring_twin *twin, struct timing *timing)
{
	struct timed timed = channel_timed(context, run_hops, twin);
	struct ring_edges edges = { .before = { .switches = 0 } };
	int error = timing_prepare(&timed, timing);

	task_census_add_own(&edges.before, false, context->job->cpu_a);
	if (!error)
		error = timing_measure(&timed, timing);
	task_census_add_own(&edges.after, true, context->job->cpu_a);
	return error ? error : check_twin(timing, &edges);
}

/* Ticks of a hop, the harness's own taken off. */
static int time_twin(struct channel_context *context, struct ring_twin *twin, double *ret_ticks)
{
	struct timing timing = { .map_bytes = 0 };
	int error = timing_init(&timing, 1024);

	if (!error)
		error = time_hops(context, twin, &timing);
	if (!error) {
		struct histogram_pair *pairs = NULL;
		struct round_series series;

		error = timing_describe(&timing, "twin", &series, &pairs);
		*ret_ticks = series.p50 - series.overhead;
		free(pairs);
	}
	timing_done(&timing);
	return error;
}

static int use_twin(struct channel_context *context, struct channel_set_up *memory,
		    const struct channel_work_plan *work, double *ret_ticks)
{
	const struct channel *channel = context->channel;
	struct ring_twin twin = { .channel = channel, .ends = memory->ends };
	int error = channel_work_init(&twin.work, work, (uint32_t)context->job->tasks);

	if (!error)
		error = channel->enter(twin.ends[0]);
	if (!error) {
		error = channel->enter(twin.ends[1]);
		if (!error) {
			error = time_twin(context, &twin, ret_ticks);
			channel->leave(twin.ends[1]);
		}
		channel->leave(twin.ends[0]);
	}
	channel_work_done(&twin.work);
	return error;
}

/* A task of its own, even where the others are processes. */
static int measure_twin(struct channel_context *context, const struct channel_work_plan *work,
			double *ret_ticks)
{
	struct channel_set_up memory = { .channel = context->channel, .config = context->config };
	int cpu = context->job->cpu_a, error = affinity_set(cpu, cpu);

	memory.config.is_process = false;
	memory.config.is_one_way = true;
	if (!error)
		error = channel_set_up_init(&memory);
	if (!error)
		error = context->channel->open(memory.state, &memory.config, memory.reason);
	if (!error) {
		error = use_twin(context, &memory, work, ret_ticks);
		context->channel->close(memory.state);
	}
	if (error == -EBUSY)
		round_fail(context->round, ROUND_FAILED, 0, "twin",
			   "other tasks ran amidst the calls that were to make no switch");
	else if (error)
		round_skip(context->round, *memory.reason ? 0 : error, "twin", memory.reason);
	channel_set_up_done(&memory);
	return error;
}

/* The ring */

/* Ours next to the window: to read of the others is not what a lap costs. */
static void take_census(const struct channel_ring *ring, bool is_behind, struct task_census *ret)
{
	*ret = (struct task_census){ .switches = 0 };
	if (is_behind)
		task_census_add_own(ret, true, ring->cpu);
	for (uint32_t i = 1; i < ring->tasks; i++)
		task_census_add(ret, ring->lanes[i].tid, ring->config.is_process, ring->cpu);
	if (!is_behind)
		task_census_add_own(ret, false, ring->cpu);
}

static double switches_of(const struct ring_edges *edges)
{
	return task_census_grown(edges->before.switches, edges->after.switches);
}

/* Each has received what the one before it has sent, and all have worked each time. */
static void prove_messages(const struct channel_ring *ring, struct round *round)
{
	double received = 0, agreed = 0, touched = 0, kept = 0;
	double messages = (double)ring->lanes[0].sent * (double)ring->tasks;

	for (uint32_t i = 0; i < ring->tasks; i++) {
		const struct channel_ring_lane *lane = &ring->lanes[i];
		const struct channel_ring_lane *next = &ring->lanes[(i + 1) % ring->tasks];

		received += (double)lane->received;
		agreed += lane->sent == next->received && lane->sum_sent == next->sum_received;
		touched += lane->touched;
		kept += (double)lane->kept;
	}
	round_add_proof(round, "messages", PROOF_EQUAL, messages, received);
	round_add_proof(round, "sums", PROOF_EQUAL, ring->tasks, agreed);
	if (ring->work.footprint_bytes)
		round_add_proof(round, "words_touched", PROOF_EQUAL,
				messages * (double)channel_work_words(&ring->work), touched);
	/* Nobody but us had filled them before its first message came. */
	if (ring->work.state)
		round_add_proof(round, "states_kept", PROOF_EQUAL, messages - ring->tasks + 1,
				kept);
}

static void prove_place(const struct channel_ring *ring, const struct ring_edges *edges,
			struct round *round)
{
	double migrations = task_census_grown(edges->before.migrations, edges->after.migrations);

	if (edges->after.on_cpu > 0)
		round_saw_cpu(round, ring->cpu);
	round_add_proof(round, "tasks_on_cpu", PROOF_EQUAL, 2.0 * ring->tasks,
			edges->before.on_cpu + edges->after.on_cpu);
	if (migrations >= 0)
		round_add_proof(round, "migrations", PROOF_EQUAL, 0, migrations);
}

/* What our own task walks, and what all of them share. */
static void prove_memory(const struct channel_job *job, const struct channel_ring *ring,
			 struct round *round)
{
	const struct channel_work *work = &ring->seat->work;

	memory_proof_add(round, job->memory_nodes, work->arrays, work->array_bytes * work->count);
	memory_proof_add(round, job->memory_nodes, ring->lanes,
			 ring->tasks * sizeof(*ring->lanes));
}

static void prove(const struct channel_ring *ring, const struct timing *timing,
		  const struct ring_edges *edges, struct round *round)
{
	prove_messages(ring, round);
	prove_place(ring, edges, round);
	round_add_proof(round, "switches", PROOF_MOSTLY,
			(double)ring->tasks * (double)timing->operations_done, switches_of(edges));
}

static void tell(struct channel_context *context, struct timing *timing,
		 const struct ring_edges *edges, double twin_ticks)
{
	double laps = (double)timing->operations_done, switches = switches_of(edges) / laps;
	double cpu_ns = task_census_grown(edges->before.cpu_ns, edges->after.cpu_ns);
	struct round *round = context->round;

	timing->overhead += twin_ticks;
	round->flags |= ROUND_TWIN;
	timing_scale(timing, 1 / switches);
	channel_describe(context, timing, "switch");
	if (round->status != ROUND_MEASURED)
		return;
	round_add_figure(round, "raw_ns", round->series[0].p50 * context->job->ns_per_tick);
	round_add_figure(round, "twin_ns", twin_ticks / switches * context->job->ns_per_tick);
	round_add_figure(round, "switches_per_op", switches);
	if (cpu_ns >= 0)
		round_add_figure(round, "cpu_ns_per_op", cpu_ns / laps);
}

static bool has_switched(struct channel_context *context, const struct timing *timing,
			 const struct ring_edges *edges)
{
	double switches = switches_of(edges);

	if (switches < 0)
		round_fail(context->round, ROUND_SKIPPED, 0, "switches", PROC_TASK_UNREAD);
	else if (!(switches >= SWITCHES_LEAST * (double)timing->operations_done))
		round_fail(context->round, ROUND_FAILED, 0, "switches",
			   "the kernel counted none: nobody was switched to");
	return context->round->status == ROUND_MEASURED;
}

static void tell_lost(struct channel_context *context, const struct ring_edges *edges)
{
	struct lost_time lost;

	lost_time_init(&lost);
	lost_time_add(&lost, &edges->before.usage, &edges->after.usage);
	channel_tell_lost(context, &lost, false);
}

static void measure_ring(struct channel_context *context, struct channel_ring *ring,
			 double hop_ticks, struct timing *timing)
{
	struct timed timed = channel_timed(context, run_laps, ring);
	struct ring_edges edges;
	int error;

	if (channel_prepare(context, &timed, timing))
		return;
	take_census(ring, false, &edges.before);
	error = channel_measure_window(context, &timed, timing);
	take_census(ring, true, &edges.after);
	if (error)
		return;
	tell_lost(context, &edges);
	error = channel_ring_stop(ring);
	if (error)
		round_refuse(context->round, error, "stop", "");
	if (error || !has_switched(context, timing, &edges))
		return;
	prove(ring, timing, &edges, context->round);
	prove_memory(context->job, ring, context->round);
	tell(context, timing, &edges, hop_ticks * ring->tasks);
}

static int open_ring(struct channel_context *context, struct channel_ring *ring)
{
	char reason[CHANNEL_REASON_BYTES] = "";
	int error = channel_ring_open(ring, reason);

	context->round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		context->round->flags |= ROUND_TRACED;
	if (error)
		round_skip(context->round, *reason ? 0 : error, "open", reason);
	return error;
}

/* The twin comes first and is gone before the ring: both may need the same names. */
void channel_switch_ring_run(struct channel_context *context, struct timing *timing)
{
	struct channel_ring ring = {
		.channel = context->channel,
		.config = context->config,
		.work = work_of(context->job),
		.tasks = (uint32_t)context->job->tasks,
		.cpu = context->job->cpu_a,
		.lost = context->lost,
	};
	double hop_ticks = 0;

	if (!has_registers(context, &ring.work) || !has_memory(context, &ring.work) ||
	    measure_twin(context, &ring.work, &hop_ticks))
		return;
	if (!open_ring(context, &ring))
		measure_ring(context, &ring, hop_ticks, timing);
	channel_ring_close(&ring);
}
