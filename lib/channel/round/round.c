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

static int take_names(struct channel_errand *errand)
{
	const char *reason = "";
	int error;

	/* Refused it is done without: the guard then removes what would be left. */
	if (channel_errand_has(errand, CHANNEL_IPC)) {
		uint64_t before = process_user_namespace();

		error = ipc_namespace_enter();
		if (error == -ESRCH) {
			round_fail(errand->round, ROUND_FAILED, error, "namespace", "");
			return error;
		}
		if (process_user_namespace() != before)
			errand->round->flags |= ROUND_USERNS;
	}
	if (!channel_errand_has(errand, CHANNEL_NAMED))
		return 0;
	errand->guard.key_count = CHANNEL_NAMES * (int)(errand->job->tasks * errand->job->pairs);
	error = name_guard_begin(&errand->guard, &reason);
	if (error) {
		round_skip(errand->round, error, "names", reason);
		return error;
	}
	errand->has_guard = true;
	errand->config.directory = errand->guard.directory;
	errand->config.name = errand->guard.name;
	errand->config.key = errand->guard.key;
	return 0;
}

/* Where they are not pinned the clocks that are read are not known. */
static bool may_compare_clocks(struct channel_errand *errand)
{
	const struct channel_job *job = errand->job;
	int error = channel_skew_bound(job->cpu_a, job->cpu_b, &errand->skew_bound_ticks);

	if (error == -ERANGE)
		round_fail(errand->round, ROUND_SKIPPED, 0, "clock",
			   "the clocks of the two CPUs are not in step: use --mode latency");
	else if (error)
		round_refuse(errand->round, error, "clock", "");
	return !error;
}

static void run_prepared(struct channel_errand *errand)
{
	struct timing timing = { .map_bytes = 0 };
	int error = timing_init(&timing, REGIONS);

	if (error)
		round_refuse(errand->round, error, "memory", "");
	else if (errand->job->connect)
		channel_remote_measure(errand, &timing);
	else if (channel_errand_is(errand, "switch") && !errand->job->is_probe)
		channel_switch_run(errand, &timing);
	else if (channel_errand_is(errand, "set-up"))
		channel_measure_set_up(errand, &timing);
	else if (errand->job->fan_in > 1)
		channel_measure_fan_in(errand, &timing);
	else if (channel_errand_is(errand, "one-way") && !may_compare_clocks(errand))
		;
	else
		channel_measure_pair(errand, &timing);
	timing_done(&timing);
}

void channel_round_run(const struct channel_job *job, const struct channel *channel,
		       void (*lost)(const char *reason, int error), struct round *round,
		       struct histogram_pair *ret_pairs[ROUND_SERIES_MAX])
{
	struct channel_errand errand = { .job = job, .channel = channel, .lost = lost,
					 .round = round, .pairs = ret_pairs };
	const char *reason;

	errand.config.message_bytes = channel->about.traits & CHANNEL_TOKEN ? 0 : job->size;
	errand.config.depth = (uint32_t)job->depth;
	errand.config.is_process = strcmp(job->peer, "thread") != 0;
	errand.config.senders = (uint32_t)job->fan_in;
	errand.pace.rate = job->rate;
	errand.pace.is_poisson = !strcmp(job->arrivals, "poisson");
	reason = channel_contradiction(&errand);
	if (reason) {
		round_fail(round, ROUND_SKIPPED, 0, "plan", reason);
		return;
	}
	/* An end that is gone, or a file that may not grow, is an error of the call, not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (!take_names(&errand))
		run_prepared(&errand);
	if (errand.has_guard)
		name_guard_end(&errand.guard);
}
