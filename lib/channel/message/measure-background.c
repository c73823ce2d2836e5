/* SPDX-License-Identifier: MIT */
#include "channel/message/measure-background.h"

#include <errno.h>

#include "kernel/pages.h"

/* A look at all counts that took longer was interrupted: the counts are not of one moment. */
#define LOOK_NS_MOST 200000
#define LOOKS_MOST 20
/* One that has not had its turn by then has stopped. */
#define AWAIT_NS_MOST 3000000000u

static uint32_t pair_count(const struct channel_beside *beside)
{
	return beside->background.count + 1;
}

static size_t array_bytes(const struct channel_beside *beside)
{
	return pair_count(beside) * sizeof(*beside->messages[0]);
}

/* The reason says it all, but for a death. */
static int tell_loss(struct channel_context *context, int error, const char *reason)
{
	if (error)
		round_fail(context->round, ROUND_FAILED,
			   *reason && error != -EOWNERDEAD ? 0 : error, "pairs", reason);
	return error;
}

static int make_background(struct channel_beside *beside, char *ret_reason)
{
	for (int edge = 0; edge < 2; edge++) {
		beside->messages[edge] = pages_take(array_bytes(beside));
		if (!beside->messages[edge])
			return -ENOMEM;
	}
	return channel_background_begin(&beside->background, ret_reason);
}

int channel_beside_begin(struct channel_context *context, enum channel_duty duty,
			 struct channel_beside *ret)
{
	const struct channel_job *job = context->job;
	char reason[CHANNEL_REASON_BYTES] = "";
	int error;

	*ret = (struct channel_beside){ .background = {
		.channel = context->channel, .config = context->config, .duty = duty,
		.cpu_a = job->cpu_a, .cpu_b = job->cpu_b, .wait = channel_wait_find(job->wait),
		.count = (uint32_t)job->pairs - 1,
	} };
	if (!ret->background.count)
		return 0;
	error = make_background(ret, reason);
	if (error == -ECHILD || error == -ETIMEDOUT || error == -EOWNERDEAD)
		tell_loss(context, error, reason);
	else if (error)
		round_skip(context->round, *reason ? 0 : error, "pairs", reason);
	return error;
}

int channel_beside_go(struct channel_context *context, struct channel_beside *beside)
{
	char reason[CHANNEL_REASON_BYTES] = "";

	if (!beside->background.count)
		return 0;
	return tell_loss(context, channel_background_go(&beside->background, reason), reason);
}

int channel_beside_stop(struct channel_context *context, struct channel_beside *beside)
{
	char reason[CHANNEL_REASON_BYTES] = "";

	if (!beside->background.count)
		return 0;
	return tell_loss(context, channel_background_stop(&beside->background, reason), reason);
}

void channel_beside_read(struct channel_beside *beside, const struct channel_pair *pair, int edge)
{
	uint64_t *messages = beside->messages[edge], begin = 0, end = 0;

	if (!beside->background.count)
		return;
	for (int look = 0; look == 0 || (look < LOOKS_MOST && end - begin > LOOK_NS_MOST); look++) {
		begin = clock_raw_ns();
		messages[0] = pair->end->sent;
		for (uint32_t i = 0; i < beside->background.count; i++)
			messages[i + 1] = channel_background_messages(&beside->background, i);
		end = clock_raw_ns();
	}
	beside->at_ns[edge] = (double)begin + (double)(end - begin) / 2;
}

static bool have_all_passed(const struct channel_beside *beside)
{
	for (uint32_t i = 0; i < beside->background.count; i++)
		if (channel_background_messages(&beside->background, i) == beside->messages[0][i + 1])
			return false;
	return true;
}

int channel_beside_await(struct channel_context *context, const struct channel_pair *pair,
			 const struct channel_beside *beside)
{
	bool is_stream = pair->duty == CHANNEL_DRAIN;
	uint64_t unit = is_stream ? pair->config.depth : 1, begin = clock_raw_ns();
	int error = 0;

	while (!error && !have_all_passed(beside) && clock_raw_ns() - begin < AWAIT_NS_MOST)
		error = is_stream ? pair->channel->pour(pair->end, unit)
				  : pair->channel->ping(pair->end, unit);
	if (error)
		round_refuse(context->round, error, "measure", "");
	return error;
}

static bool agrees(const struct channel_pair *pair)
{
	return pair->end->sum_sent == pair->lane->sum_received &&
	       pair->lane->sum_sent == pair->end->sum_received;
}

void channel_beside_tell(struct channel_context *context, const struct channel_pair *pair,
			 const struct channel_beside *beside)
{
	uint64_t all = 0, least = UINT64_MAX, pairs = 0;
	uint32_t count = pair_count(beside);
	struct round *round = context->round;
	double per_s;

	if (!beside->background.count || round->status != ROUND_MEASURED)
		return;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t passed = beside->messages[1][i] - beside->messages[0][i];

		all += passed;
		pairs += passed > 0;
		least = passed < least ? passed : least;
	}
	round_add_proof(round, "pairs", PROOF_EQUAL, count, (double)pairs);
	round_add_proof(round, "pair_sums", PROOF_EQUAL, count, beside->background.agreed + agrees(pair));
	per_s = 1e9 * (double)all / (beside->at_ns[1] - beside->at_ns[0]);
	round_add_figure(round, "all_messages_per_s", per_s);
	if (context->config.message_bytes)
		round_add_figure(round, "all_bytes_per_s", per_s * (double)context->config.message_bytes);
	round_add_figure(round, "slowest_share", (double)least * count / (double)all);
}

void channel_beside_end(struct channel_beside *beside)
{
	channel_background_close(&beside->background);
	for (int edge = 0; edge < 2; edge++)
		pages_give(beside->messages[edge], array_bytes(beside));
}
