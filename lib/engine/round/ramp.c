/* SPDX-License-Identifier: MIT */
#include "engine/round/ramp.h"

#include "engine/round/paced.h"

#define SLICE_NS 5e6
/* Shorter than this, and a slice is mostly its own beginning and end. */
#define SLICE_LEAST_NS (SLICE_NS / 2)
/* The share of a ramp that is judged, and that its window lasts. */
#define WINDOW_SHARE 3

void engine_ramp_begin(struct engine_ramp *ret, const struct engine_ramp_plan *plan)
{
	double each_ns = (plan->request_ns > 1 ? plan->request_ns : 1) * plan->depth;

	*ret = (struct engine_ramp){ .plan = *plan };
	ret->requests = ((uint64_t)(SLICE_NS / each_ns) + 1) * plan->depth;
}

/* A slice that is too short has the next ones made longer; they are no longer alike. */
static void keep(struct engine_ramp *ramp, double slice_ns)
{
	if (slice_ns < SLICE_LEAST_NS) {
		ramp->requests *= 2;
		ramp->count = 0;
		return;
	}
	ramp->rates[ramp->count++] = (double)ramp->requests / slice_ns;
}

bool engine_ramp_add(struct engine_ramp *ramp, double slice_ns)
{
	ramp->spent_ns += slice_ns;
	keep(ramp, slice_ns);
	ramp->steady = steady_judge(ramp->rates, ramp->count);
	return !ramp->steady.is_steady && ramp->count < ENGINE_RAMP_SLICES &&
	       ramp->spent_ns + slice_ns <= ramp->plan.most_ns;
}

double engine_ramp_window_ns(const struct engine_ramp *ramp)
{
	return ramp->spent_ns / WINDOW_SHARE;
}

bool engine_ramp_has_device(const struct engine_context *context)
{
	return context->lanes.load->has_bytes && !engine_context_is_cache(context, "warm");
}

bool engine_ramp_is_wanted(const struct engine_context *context)
{
	return context->job->ramp_ns > 0 && context->config.is_direct &&
	       engine_ramp_has_device(context) && !engine_paced_is_wanted(context);
}

static int run_slice(const struct timed *timed, uint64_t requests, double *ret_ns)
{
	uint64_t begin = clock_start(timed->clock.source);
	int error = timed->run(timed->state, requests);

	*ret_ns = (double)(clock_stop(timed->clock.source) - begin) * timed->clock.ns_per_tick;
	return error;
}

static int run_slices(const struct timed *timed, struct engine_ramp *ramp)
{
	double slice_ns;
	int error;

	do
		error = run_slice(timed, ramp->requests, &slice_ns);
	while (!error && engine_ramp_add(ramp, slice_ns));
	return error;
}

int engine_ramp_run(struct engine_context *context, double spent_ns, struct timed *timed,
		    struct timing *timing)
{
	const struct engine_ramp_plan plan = {
		.request_ns = timing->operation_ticks * timed->clock.ns_per_tick,
		.depth = context->config.depth,
		.most_ns = (double)context->job->ramp_ns - spent_ns,
	};
	struct engine_ramp ramp;
	int error;

	engine_ramp_begin(&ramp, &plan);
	error = run_slices(timed, &ramp);
	if (ramp.steady.mean > 0)
		timing->operation_ticks = 1 / ramp.steady.mean / timed->clock.ns_per_tick;
	context->is_steady = ramp.steady.is_steady;
	if (engine_ramp_window_ns(&ramp) > (double)timed->window_ns)
		timed->window_ns = (uint64_t)engine_ramp_window_ns(&ramp);
	return error;
}
