/* SPDX-License-Identifier: MIT */
#include "engine/round/sleep.h"

#include "kernel/process-facts.h"

/* Two clocks disagree by so much: the wait is the kernel's, its length by the run's clock. */
#define CLOCKS_AGREE 0.999

static uint64_t waits_of_a_lane(const struct engine_context *context)
{
	return context->job->depth / context->config.depth;
}

/* All of them are handed over by one call: they begin at once. */
void engine_sleep_configure(struct engine_context *context)
{
	bool is_serial = engine_context_has(context, ENGINE_ONE);

	context->config = (struct engine_config){
		.operation = ENGINE_SLEEP, .wait_ns = context->job->wait_ns,
		.file = -1, .cpu = context->job->cpu_b,
		.depth = is_serial ? 1 : (uint32_t)context->job->depth,
		.submit_batch = (uint32_t)context->job->depth,
	};
}

struct engine_lanes_plan engine_sleep_lanes(const struct engine_context *context)
{
	return (struct engine_lanes_plan){ .count = context->config.depth,
					   .samples = waits_of_a_lane(context) };
}

static int64_t shortest_ticks(const struct engine_lanes *lanes)
{
	int64_t shortest = INT64_MAX;

	for (uint32_t i = 0; i < lanes->count; i++)
		for (size_t j = 0; j < lanes->lanes[i].sample.count; j++)
			if (lanes->lanes[i].sample.ticks[j] < shortest)
				shortest = lanes->lanes[i].sample.ticks[j];
	return shortest;
}

void engine_sleep_prove(struct engine_context *context, const struct engine_edge *before,
			const struct engine_edge *after)
{
	round_add_proof(context->round, "sleeps", PROOF_EQUAL, (double)context->job->depth,
			(double)(after->ended - before->ended));
	round_add_proof(context->round, "slept", PROOF_AT_LEAST,
			(double)context->config.wait_ns * CLOCKS_AGREE,
			(double)shortest_ticks(&context->lanes) * context->job->ns_per_tick);
}

/* VmRSS of /proc/PID/status is an estimate, wrong by what each CPU keeps to itself. */
double engine_sleep_memory_kib(const struct engine_context *context)
{
	return engine_context_sleeps(context) ? process_smaps_kib("Rss") : 0;
}

/* Not what the harness took between opening and waiting, nor what the kernel keeps for either. */
static void tell_memory(struct engine_context *context, const struct engine_edge *before,
			const struct engine_edge *after)
{
	double children = after->facts.child_memory_kib;

	if (before->memory_kib < 0 || after->memory_kib < 0)
		return;
	round_add_figure(context->round, "memory_kib",
			 context->memory_kib + after->memory_kib - before->memory_kib +
			 (children > 0 ? children : 0));
}

void engine_sleep_tell(struct engine_context *context, const struct timing *timing,
		       const struct engine_edge *before, const struct engine_edge *after)
{
	round_add_figure(context->round, "makespan_ns",
			 (double)(timing->end - timing->begin) * context->job->ns_per_tick);
	tell_memory(context, before, after);
}
