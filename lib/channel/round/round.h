/* SPDX-License-Identifier: MIT */
/*
 * channel/round/round - runs one round of one channel: opens, measures, proves, tears down.
 *
 * What is measured follows from job->mode:
 *   latency     round-trip: one message under way; both sides write, read and sum
 *   one-way     one-way: half of that, by both sides' clocks where they allow it
 *   rate        response: round trips at job->rate, from when each was due
 *   throughput  transfer: a window of job->depth messages one way, a message each
 *   switch      switch on one CPU, wake-idle and wake-busy on two: see channel/switch/switch.h
 *   set-up      set-up: open, enter, the first message, leave, close, by one task
 *
 * Everything is told in the round: a failure with its step, or series, proofs
 * and figures.  ret_pairs[ROUND_SERIES_MAX] are the caller's to free.
 * lost() as in channel/pair/pair.h.
 */
#ifndef HANDOFF_CHANNEL_ROUND_H
#define HANDOFF_CHANNEL_ROUND_H

#include "channel/channel.h"
#include "channel/pair/job.h"
#include "measure/round.h"

void channel_round_run(const struct channel_job *job, const struct channel *channel,
		       void (*lost)(const char *reason, int error), struct round *round,
		       struct histogram_pair *ret_pairs[ROUND_SERIES_MAX]);

#endif
