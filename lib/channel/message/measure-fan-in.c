/* SPDX-License-Identifier: MIT */
/* Many senders, one receiver: who measures receives. */
#include "channel/message/fan-in.h"

#include <errno.h>

#include "channel/message/measure.h"
#include "channel/pair/proof.h"
#include "kernel/pages.h"
#include "kernel/process-facts.h"

#define AWAIT_MESSAGES 64
/* At least so many in a region: what one takes says nothing of the next. */
#define TAKE_MESSAGES 16
/* One that has not had its turn by then has stopped, or is left out by the channel. */
#define AWAIT_NS_MOST 3000000000u
#define AWAIT_NS_EACH 10000000u

/* What is read at an edge of the window. */
struct edge {
	struct task_usage here, there;     /* there: of all senders together */
	uint64_t *sent;                    /* by each sender */
	uint64_t all_sent, received;       /* when usage was read */
};

/* The receiver's side of the window. */
struct taker {
	struct channel_fan_in *fan_in;
	uint64_t level;                    /* messages under way when it began */
};

static int run_take(void *state, uint64_t n)
{
	const struct taker *taker = state;

	return taker->fan_in->channel->take(taker->fan_in->end, n);
}

static uint64_t sent_by_all(const struct channel_fan_in *fan_in)
{
	uint64_t sent = 0;

	for (uint32_t i = 0; i < fan_in->config.senders; i++)
		sent += __atomic_load_n(&fan_in->senders[i].end.sent, __ATOMIC_RELAXED);
	return sent;
}

static uint64_t under_way(const struct channel_fan_in *fan_in)
{
	uint64_t received = fan_in->end->received, sent = sent_by_all(fan_in);

	return sent > received ? sent - received : 0;
}

/*
 * A queue fills and runs empty in turn, and what was sent before the window would be
 * received in it for nothing.  So what is there is taken first, and the window ends when
 * about as much is there as then.
 */
static int take_what_is_there(void *state)
{
	struct taker *taker = state;
	uint64_t n = under_way(taker->fan_in);
	int error = n ? run_take(state, n) : 0;

	taker->level = under_way(taker->fan_in);
	return error;
}

static bool is_as_full(const void *state, uint64_t n)
{
	const struct taker *taker = state;
	uint64_t now = under_way(taker->fan_in);

	return now <= taker->level + n && taker->level <= now + n;
}

static double sum_of(double a, double b)
{
	return a < 0 || b < 0 ? -1 : a + b;
}

static void add_usage(struct task_usage *sum, const struct task_usage *one)
{
	sum->nvcsw = sum_of(sum->nvcsw, one->nvcsw);
	sum->nivcsw = sum_of(sum->nivcsw, one->nivcsw);
	sum->cpu_ns = sum_of(sum->cpu_ns, one->cpu_ns);
	sum->migrations = sum_of(sum->migrations, one->migrations);
	sum->run_delay_ns = sum_of(sum->run_delay_ns, one->run_delay_ns);
	sum->cpu = one->cpu;
}

static void read_own(const struct channel_fan_in *fan_in, bool is_behind, struct edge *edge)
{
	task_usage_own(is_behind, &edge->here);
	edge->received = fan_in->end->received;
}

static void read_others(const struct channel_fan_in *fan_in, struct edge *edge)
{
	edge->there = (struct task_usage){ .cpu = -1 };
	edge->all_sent = 0;
	for (uint32_t i = 0; i < fan_in->config.senders; i++) {
		const struct channel_sender *sender = &fan_in->senders[i];
		struct task_usage one;

		task_usage_other(sender->tid, fan_in->config.is_process, &one);
		add_usage(&edge->there, &one);
		edge->all_sent += __atomic_load_n(&sender->end.sent, __ATOMIC_RELAXED);
	}
}

/* Ours next to the window: to read of the others is not what the messages cost. */
static void read_usage_before(const struct channel_fan_in *fan_in, struct edge *edge)
{
	read_others(fan_in, edge);
	read_own(fan_in, false, edge);
}

static void read_usage_behind(const struct channel_fan_in *fan_in, struct edge *edge)
{
	read_own(fan_in, true, edge);
	read_others(fan_in, edge);
}

static void read_sent(const struct channel_fan_in *fan_in, struct edge *edge)
{
	for (uint32_t i = 0; i < fan_in->config.senders; i++)
		edge->sent[i] = __atomic_load_n(&fan_in->senders[i].end.sent, __ATOMIC_RELAXED);
}

static bool have_all_sent(const struct channel_fan_in *fan_in, const struct edge *since)
{
	for (uint32_t i = 0; i < fan_in->config.senders; i++)
		if (__atomic_load_n(&fan_in->senders[i].end.sent, __ATOMIC_RELAXED) == since->sent[i])
			return false;
	return true;
}

/* A short window may leave some without a turn: we go on, outside of it, until all had one. */
static int await_senders(const struct channel_fan_in *fan_in, const struct edge *since)
{
	uint64_t most_ns = AWAIT_NS_MOST + (uint64_t)fan_in->config.senders * AWAIT_NS_EACH;
	uint64_t begin = clock_raw_ns();
	int error = 0;

	while (!error && !have_all_sent(fan_in, since) && clock_raw_ns() - begin < most_ns)
		error = fan_in->channel->take(fan_in->end, AWAIT_MESSAGES);
	return error;
}

/* What was sent by all has been received, to the last bit. */
static void prove_messages(const struct channel_fan_in *fan_in, struct round *round)
{
	uint64_t sent = 0, sum = 0, on_cpu = 0;
	uint32_t senders = fan_in->config.senders;

	for (uint32_t i = 0; i < senders; i++) {
		sent += fan_in->senders[i].end.sent;
		sum += fan_in->senders[i].end.sum_sent;
		on_cpu += fan_in->senders[i].on_cpu;
	}
	round_add_proof(round, "messages_there", PROOF_EQUAL, (double)sent,
			(double)fan_in->end->received);
	round_add_proof(round, "sums", PROOF_EQUAL, 1, sum == fan_in->end->sum_received);
	if (fan_in->cpu_b >= 0)
		round_add_proof(round, "there_on_cpu", PROOF_EQUAL, 2 * (double)senders, (double)on_cpu);
}

static void tell_senders(const struct channel_fan_in *fan_in, const struct edge edges[2],
			 struct round *round)
{
	uint64_t all = 0, least = UINT64_MAX, seen = 0;
	uint32_t senders = fan_in->config.senders;

	for (uint32_t i = 0; i < senders; i++) {
		uint64_t sent = edges[1].sent[i] - edges[0].sent[i];

		all += sent;
		seen += sent > 0;
		least = sent < least ? sent : least;
	}
	round_add_proof(round, "senders", PROOF_EQUAL, senders, (double)seen);
	if (all)
		round_add_figure(round, "slowest_share", (double)least * senders / (double)all);
}

static double part_of(double before, double after, double share)
{
	return before < 0 || after < 0 ? -1 : before + (after - before) * share;
}

/*
 * Of what one side took between the edges the part of the window's messages: the two sides
 * have not passed the same number of them, nor the window's alone.
 */
static struct task_usage share_of(const struct task_usage *before, const struct task_usage *after,
				  uint64_t passed, uint64_t messages)
{
	double share = passed ? (double)messages / (double)passed : 1;
	struct task_usage usage = *after;

	usage.cpu_ns = part_of(before->cpu_ns, after->cpu_ns, share);
	usage.nvcsw = part_of(before->nvcsw, after->nvcsw, share);
	usage.nivcsw = part_of(before->nivcsw, after->nivcsw, share);
	return usage;
}

/* The figures are those of a pair whose other side is all senders together. */
static void tell_all(struct channel_context *context, const struct channel_fan_in *fan_in,
		     const struct timing *timing, const struct edge edges[2])
{
	const struct channel_pair pair = { .channel = fan_in->channel, .config = fan_in->config,
					   .duty = CHANNEL_DRAIN };
	const struct edge *from = &edges[0], *to = &edges[1];
	const struct channel_edges both = {
		.before = { { from->here, from->there } },
		.after = { { share_of(&from->here, &to->here, to->received - from->received,
				      timing->operations_done),
			     share_of(&from->there, &to->there, to->all_sent - from->all_sent,
				      timing->operations_done) } },
	};

	prove_messages(fan_in, context->round);
	channel_prove_place(fan_in->cpu_a, &edges[0].here, &edges[1].here, 0, context->round);
	channel_describe(context, timing, "transfer");
	channel_tell(context->job, &pair, timing, &both, context->round);
	tell_senders(fan_in, edges, context->round);
}

static void tell_lost(struct channel_context *context, const struct edge edges[2])
{
	struct lost_time lost;

	lost_time_init(&lost);
	lost_time_add(&lost, &edges[0].here, &edges[1].here);
	lost_time_add(&lost, &edges[0].there, &edges[1].there);
	channel_tell_lost(context, &lost, false);
}

static void measure(struct channel_context *context, struct channel_fan_in *fan_in,
		    struct timing *timing, struct edge edges[2])
{
	struct taker taker = { .fan_in = fan_in };
	struct timed timed = channel_timed(context, run_take, &taker);
	int error;

	timed.unit = TAKE_MESSAGES;
	timed.begin = take_what_is_there;
	timed.is_round = is_as_full;
	if (channel_prepare(context, &timed, timing))
		return;
	read_usage_before(fan_in, &edges[0]);
	read_sent(fan_in, &edges[0]);
	error = channel_measure_window(context, &timed, timing);
	read_usage_behind(fan_in, &edges[1]);
	if (error)
		return;
	tell_lost(context, edges);
	error = await_senders(fan_in, &edges[0]);
	read_sent(fan_in, &edges[1]);
	if (!error)
		error = channel_fan_in_stop(fan_in);
	if (error)
		round_refuse(context->round, error, "stop", "");
	else
		tell_all(context, fan_in, timing, edges);
}

static int open_round(struct channel_context *context, struct channel_fan_in *ret)
{
	char reason[CHANNEL_REASON_BYTES] = "";
	int error;

	*ret = (struct channel_fan_in){
		.channel = context->channel, .config = context->config, .cpu_a = context->job->cpu_a,
		.cpu_b = context->job->cpu_b, .lost = context->lost,
	};
	error = channel_fan_in_open(ret, reason);
	context->round->rss_kib = process_status(0, "VmRSS");
	if (error)
		round_skip(context->round, *reason ? 0 : error, "open", reason);
	return error;
}

void channel_measure_fan_in(struct channel_context *context, struct timing *timing)
{
	size_t bytes = context->config.senders * sizeof(uint64_t);
	struct edge edges[2] = { { .sent = pages_take(bytes) }, { .sent = pages_take(bytes) } };
	struct channel_fan_in fan_in = { .senders = NULL };

	if (!edges[0].sent || !edges[1].sent)
		round_refuse(context->round, -ENOMEM, "memory", "");
	else if (!open_round(context, &fan_in))
		measure(context, &fan_in, timing, edges);
	channel_fan_in_close(&fan_in);
	pages_give(edges[0].sent, bytes);
	pages_give(edges[1].sent, bytes);
}
