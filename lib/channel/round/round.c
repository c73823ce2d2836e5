/* SPDX-License-Identifier: MIT */
#include "channel/round/round.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "channel/message/measure.h"
#include "channel/pair/one-way.h"
#include "channel/remote/remote.h"
#include "channel/round/contradiction.h"
#include "channel/switch/switch.h"
#include "kernel/process-facts.h"
#include "kernel/user-namespace.h"

#define REGIONS 8192

_Static_assert(CHANNEL_NAMES == NAME_GUARD_NAMES, "the guard knows all names that a channel has");

static int take_names(struct channel_context *context)
{
	const char *reason = "";
	int error;

	/* Refused it is done without: the guard then removes what would be left. */
	if (channel_context_has(context, CHANNEL_IPC)) {
		uint64_t before = process_user_namespace();

		error = ipc_namespace_enter();
		if (error == -ESRCH) {
			round_fail(context->round, ROUND_FAILED, error, "namespace", "");
			return error;
		}
		if (process_user_namespace() != before)
			context->round->flags |= ROUND_USERNS;
	}
	if (!channel_context_has(context, CHANNEL_NAMED))
		return 0;
	context->guard.key_count = CHANNEL_NAMES * (int)(context->job->tasks * context->job->pairs);
	error = name_guard_begin(&context->guard, &reason);
	if (error) {
		round_skip(context->round, error, "names", reason);
		return error;
	}
	context->has_guard = true;
	context->config.directory = context->guard.directory;
	context->config.name = context->guard.name;
	context->config.key = context->guard.key;
	return 0;
}

/* Where they are not pinned the clocks that are read are not known. */
static bool may_compare_clocks(struct channel_context *context)
{
	const struct channel_job *job = context->job;
	int error = channel_skew_bound(job->cpu_a, job->cpu_b, &context->skew_bound_ticks);

	if (error == -ERANGE)
		round_fail(context->round, ROUND_SKIPPED, 0, "clock",
			   "the clocks of the two CPUs are not in step: use --mode latency");
	else if (error)
		round_refuse(context->round, error, "clock", "");
	return !error;
}

static void run_prepared(struct channel_context *context)
{
	struct timing timing = { .map_bytes = 0 };
	int error = timing_init(&timing, REGIONS);

	if (error)
		round_refuse(context->round, error, "memory", "");
	else if (context->job->connect)
		channel_remote_measure(context, &timing);
	else if (channel_context_is(context, "switch") && !context->job->is_probe)
		channel_switch_run(context, &timing);
	else if (channel_context_is(context, "set-up"))
		channel_measure_set_up(context, &timing);
	else if (context->job->fan_in > 1)
		channel_measure_fan_in(context, &timing);
	else if (channel_context_is(context, "one-way") && !may_compare_clocks(context))
		;
	else
		channel_measure_pair(context, &timing);
	timing_done(&timing);
}

void channel_round_run(const struct channel_job *job, const struct channel *channel,
		       void (*lost)(const char *reason, int error), struct round *round,
		       struct histogram_pair *ret_pairs[ROUND_SERIES_MAX])
{
	struct channel_context context = { .job = job, .channel = channel, .lost = lost,
					   .round = round, .pairs = ret_pairs };
	const char *reason;

	context.config.message_bytes = channel->about.traits & CHANNEL_TOKEN ? 0 : job->size;
	context.config.depth = (uint32_t)job->depth;
	context.config.is_process = strcmp(job->peer, "thread") != 0;
	context.config.senders = (uint32_t)job->fan_in;
	context.pace.rate = job->rate;
	context.pace.is_poisson = !strcmp(job->arrivals, "poisson");
	reason = channel_contradiction(&context);
	if (reason) {
		round_fail(round, ROUND_SKIPPED, 0, "plan", reason);
		return;
	}
	/* An end that is gone, or a file that may not grow, is an error of the call, not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (!take_names(&context))
		run_prepared(&context);
	if (context.has_guard)
		name_guard_end(&context.guard);
}
