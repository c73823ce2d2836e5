/* SPDX-License-Identifier: MIT */
#include "run/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/identity.h"
#include "run/answer-time.h"
#include "run/job.h"

/* Where the round begins, behind the identity; -EBADMSG: there is none. */
static long round_at(const char *text, size_t bytes)
{
	long length = identity_length(text, bytes);

	return length > 0 && (size_t)length < bytes ? length : -EBADMSG;
}

/* Whether the answer says that it is one to this order; if not, why it cannot be. */
static bool is_to(const struct worker_order *order, const char *said, char *ret_reason)
{
	char expected[IDENTITY_BYTES_MAX];
	long bytes = worker_job_identity(order->kind, order->argv, expected);

	if (bytes > 0)
		return identity_agrees(expected, said, ret_reason);
	strcpy(ret_reason, "the job is none of this kind of worker");
	return false;
}

static void contradict(struct round *round, const char *reason)
{
	char mechanism[sizeof(round->mechanism)];

	memcpy(mechanism, round->mechanism, sizeof(mechanism));
	round_init(round, mechanism);
	round_fail(round, ROUND_CONTRADICTED, 0, "worker", reason);
}

static bool has_proof(const struct round *round, const char *name)
{
	for (uint32_t i = 0; i < round->proof_count; i++)
		if (!strcmp(round->proofs[i].name, name))
			return true;
	return false;
}

/* Those of its mechanism and job are all there, whatever they say: one that lacks has failed. */
static void hold_against_expectation(const struct worker_order *order, struct round *round)
{
	char reason[IDENTITY_REASON_BYTES], *at = reason;
	struct job_proofs proofs;
	size_t there = 0;

	worker_job_proofs(order->kind, order->argv, order->traits, &proofs);
	for (size_t i = 0; i < proofs.count; i++)
		there += has_proof(round, proofs.names[i]);
	if (there == proofs.count)
		return;
	at += snprintf(at, sizeof(reason), "%zu proofs expected, %zu there; missing:", proofs.count,
		       there);
	for (size_t i = 0; i < proofs.count; i++)
		if (!has_proof(round, proofs.names[i]) && at < reason + sizeof(reason) - 30)
			at += sprintf(at, " %.28s", proofs.names[i]);
	contradict(round, reason);
}

/* The round's own figures, its times. */
static void hold_against_clocks(const struct worker_order *order,
				const struct worker_answer *answer, struct round *round)
{
	double asleep_ns = answer_time_asleep_ns(answer, round);
	char reason[ANSWER_TIME_REASON_BYTES];

	if (asleep_ns > 0) {
		snprintf(reason, sizeof(reason), "the machine was suspended for %.3f s meanwhile",
			 asleep_ns / 1e9);
		round_fail(round, ROUND_FAILED, 0, "worker", reason);
	} else if (!answer_time_agrees(answer, round, order->ns_per_tick, reason))
		contradict(round, reason);
}

/*
 * How much of its window the worker did not run in.  That this tool stood still it shared only if
 * it lasted as long.
 */
static void tell_stops(const struct worker_answer *answer, struct round *round)
{
	struct lost_time *lost = &round->lost;
	uint64_t begin = lost->end_ns ? lost->begin_ns : round->begin.kernel_ns[0];
	uint64_t end = lost->end_ns ? lost->end_ns : round->end.kernel_ns[1];
	double stopped_ns = stops_within(&answer->stops, begin, end, UINT64_MAX, &lost->stops);
	double ignored, still_ns = stops_within(&answer->standstills, begin, end, end - begin,
						&ignored);

	lost->stopped_ns = stopped_ns > still_ns ? stopped_ns : still_ns;
}

static void read_whole(const struct worker_order *order, const struct worker_answer *answer,
		       struct round *ret_round,
		       const struct histogram_pair *ret_pairs[ROUND_SERIES_MAX])
{
	long at = round_at(answer->buffer, answer->bytes), taken;
	const char *said = answer->buffer;
	char reason[IDENTITY_REASON_BYTES];

	if (at > 0 && !is_to(order, said, reason)) {
		contradict(ret_round, reason);
		return;
	}
	taken = at < 0 ? at : round_parse(said + at, answer->bytes - (size_t)at, ret_round, ret_pairs);
	if (taken > 0 && (size_t)(at + taken) == answer->bytes)
		return;
	round_init(ret_round, order->mechanism);
	round_fail(ret_round, ROUND_FAILED, 0, "worker", "the worker's answer is garbage");
}

void worker_answer_read(const struct worker_order *order, const struct worker_answer *answer,
			const struct round *failure, struct round *ret_round,
			const struct histogram_pair *ret_pairs[ROUND_SERIES_MAX])
{
	*ret_round = *failure;
	if (failure->status != ROUND_MEASURED)
		return;
	read_whole(order, answer, ret_round, ret_pairs);
	if (ret_round->status != ROUND_CONTRADICTED && strcmp(ret_round->mechanism, order->mechanism))
		contradict(ret_round, "the worker has measured another mechanism than it says");
	if (ret_round->status == ROUND_MEASURED)
		hold_against_clocks(order, answer, ret_round);
	if (ret_round->status == ROUND_MEASURED)
		tell_stops(answer, ret_round);
	if (ret_round->status == ROUND_MEASURED)
		hold_against_expectation(order, ret_round);
}

int worker_answer_next(const struct worker_answer *answer, size_t *at, struct round *ret_round)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	const char *text = (const char *)answer->buffer + *at;
	long begin = round_at(text, answer->bytes - *at), taken;

	if (begin < 0)
		return -EBADMSG;
	taken = round_parse(text + begin, answer->bytes - *at - (size_t)begin, ret_round, pairs);
	if (taken <= 0)
		return -EBADMSG;
	*at += (size_t)(begin + taken);
	return 0;
}
