/* SPDX-License-Identifier: MIT */
/*
 * channel/pair/context - one round of one channel, on its way from step to step.
 *
 * What the questions (channel/message/measure.h, channel/switch/switch.h) have in common: the
 * timed loops over a pair, the window with perf and probes around it, and what is
 * told of it.  What fails is told in the round, by the step that failed.
 */
#ifndef HANDOFF_CHANNEL_CONTEXT_H
#define HANDOFF_CHANNEL_CONTEXT_H

#include "channel/pair/job.h"
#include "channel/pair/paced.h"
#include "channel/pair/pair.h"
#include "kernel/name-guard.h"
#include "measure/round.h"
#include "measure/timing.h"

struct channel_context {
	const struct channel_job *job;
	const struct channel *channel;
	void (*lost)(const char *reason, int error);   /* as in channel/pair/pair.h */
	struct round *round;
	struct histogram_pair **pairs;     /* one a series; the caller's to free */
	struct channel_config config;
	struct name_guard guard;
	bool has_guard;
	struct channel_pace pace;
	double skew_bound_ticks;
	double steal_ns;                   /* of the seat's CPUs, before the window */
};

bool channel_context_has(const struct channel_context *context, unsigned int traits);
bool channel_context_is(const struct channel_context *context, const char *mode);

/* Bodies for measure/timing.h; the state is a struct channel_pair. */
int channel_run_ping(void *pair, uint64_t n);
int channel_run_pour(void *pair, uint64_t n);

struct timed channel_timed(const struct channel_context *context, int (*run)(void *, uint64_t),
			   void *state);

/* Prepare, with what fails told, also for channel_tell_lost(); then the window, filled by what
 * the mode asks for. */
int channel_prepare(struct channel_context *context, const struct timed *timed,
		    struct timing *timing);
int channel_measure_window(struct channel_context *context, const struct timed *timed,
			   struct timing *timing);

/*
 * What its tasks lost between the edges of the window: lost has the counts of all of them.
 * has_others: tasks that are not measured have a part of the same CPUs.
 */
void channel_tell_lost(struct channel_context *context, const struct lost_time *lost,
		       bool has_others);

/* A further series of the round. */
void channel_describe(const struct channel_context *context, const struct timing *timing,
		      const char *metric);

/* The pair that the job asks for, opened; an error is told as a skip. */
int channel_context_open(struct channel_context *context, enum channel_duty duty,
			 struct channel_pair *ret_pair);

/* The last message; an error is told. */
int channel_context_stop(struct channel_context *context, struct channel_pair *pair);

#endif
