/* SPDX-License-Identifier: MIT */
#include "engine/round/sleep.h"

#include "kernel/process-facts.h"

/* Two clocks disagree by so much: the wait is the kernel's, its length by the run's clock. */
#define CLOCKS_AGREE 0.999

static uint64_t waits_of_a_lane(const struct engine_errand *errand)
{
	return errand->job->depth / errand->config.depth;
}

/* All of them are handed over by one call: they begin at once. */
void engine_sleep_configure(struct engine_errand *errand)
{
	bool is_serial = engine_errand_has(errand, ENGINE_ONE);

	errand->config = (struct engine_config){
		.operation = ENGINE_SLEEP, .wait_ns = errand->job->wait_ns,
		.file = -1, .cpu = errand->job->cpu_b,
		.depth = is_serial ? 1 : (uint32_t)errand->job->depth,
		.submit_batch = (uint32_t)errand->job->depth,
	};
}

struct engine_lanes_plan engine_sleep_lanes(const struct engine_errand *errand)
{
	return (struct engine_lanes_plan){ .count = errand->config.depth,
					   .samples = waits_of_a_lane(errand) };
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

void engine_sleep_prove(struct engine_errand *errand, const struct engine_edge *before,
			const struct engine_edge *after)
{
	round_add_proof(errand->round, "sleeps", PROOF_EQUAL, (double)errand->job->depth,
			(double)(after->ended - before->ended));
	round_add_proof(errand->round, "slept", PROOF_AT_LEAST,
			(double)errand->config.wait_ns * CLOCKS_AGREE,
			(double)shortest_ticks(&errand->lanes) * errand->job->ns_per_tick);
}

/* VmRSS of /proc/PID/status is an estimate, wrong by what each CPU keeps to itself. */
double engine_sleep_memory_kib(const struct engine_errand *errand)
{
	return engine_errand_sleeps(errand) ? process_smaps_kib("Rss") : 0;
}

/* Not what the harness took between opening and waiting, nor what the kernel keeps for either. */
static void tell_memory(struct engine_errand *errand, const struct engine_edge *before,
			const struct engine_edge *after)
{
	double children = after->facts.child_memory_kib;

	if (before->memory_kib < 0 || after->memory_kib < 0)
		return;
	round_add_figure(errand->round, "memory_kib",
			 errand->memory_kib + after->memory_kib - before->memory_kib +
			 (children > 0 ? children : 0));
}

void engine_sleep_tell(struct engine_errand *errand, const struct timing *timing,
		       const struct engine_edge *before, const struct engine_edge *after)
{
	round_add_figure(errand->round, "makespan_ns",
			 (double)(timing->end - timing->begin) * errand->job->ns_per_tick);
	tell_memory(errand, before, after);
}
