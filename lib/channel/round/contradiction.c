/* SPDX-License-Identifier: MIT */
#include "channel/round/contradiction.h"

#include "channel/mechanism/list.h"
#include "channel/pair/wait.h"
#include "channel/switch/switch-ring.h"

/* So much fits into every channel's buffer, with nobody there to take it. */
#define SET_UP_BYTES_MOST 4096
#define WINDOW_BYTES_MOST (256.0 * (1 << 20))

/* Unpinned the kernel may put them where it likes: apart, if there is a choice. */
static bool is_one_cpu(const struct channel_context *context)
{
	return context->job->cpu_a >= 0 && context->job->cpu_a == context->job->cpu_b;
}

static bool is_floating(const struct channel_context *context)
{
	return context->job->cpu_a < 0;
}

static bool has_no_process(const struct channel_context *context)
{
	return context->config.is_process && !channel_context_has(context, CHANNEL_PROCESS);
}

static bool has_no_thread(const struct channel_context *context)
{
	return !context->config.is_process && !channel_context_has(context, CHANNEL_THREAD);
}

static bool waits_by_nothing_known(const struct channel_context *context)
{
	return channel_wait_find(context->job->wait) == CHANNEL_WAITS;
}

static bool is_not_polled(const struct channel_context *context)
{
	return channel_wait_find(context->job->wait) != CHANNEL_WAIT_BLOCK &&
	       !channel_context_has(context, CHANNEL_POLLED);
}

static bool is_spinning(const struct channel_context *context)
{
	return channel_context_has(context, CHANNEL_SPINS) ||
	       channel_wait_find(context->job->wait) == CHANNEL_WAIT_SPIN;
}

static bool spins_on_one_cpu(const struct channel_context *context)
{
	return is_spinning(context) && !context->job->is_probe &&
	       !channel_context_is(context, "set-up") && is_one_cpu(context);
}

static bool has_nobody_to_send_to(const struct channel_context *context)
{
	return channel_context_has(context, CHANNEL_NULL) &&
	       (channel_context_is(context, "throughput") || channel_context_is(context, "one-way"));
}

static bool is_floating_switch(const struct channel_context *context)
{
	return channel_context_is(context, "switch") && is_floating(context);
}

static bool has_no_other_cpu(const struct channel_context *context)
{
	return channel_context_has(context, CHANNEL_NULL | CHANNEL_OWN_CPU) &&
	       channel_context_is(context, "switch") && !is_one_cpu(context);
}

static bool is_floating_one_way(const struct channel_context *context)
{
	return channel_context_is(context, "one-way") && is_floating(context);
}

static bool sets_up_elsewhere(const struct channel_context *context)
{
	return channel_context_is(context, "set-up") && !is_floating(context) && !is_one_cpu(context);
}

static bool has_large_window(const struct channel_context *context)
{
	return channel_context_is(context, "throughput") &&
	       (double)context->job->size * (double)context->job->depth > WINDOW_BYTES_MOST;
}

static bool sets_up_large_message(const struct channel_context *context)
{
	return channel_context_is(context, "set-up") &&
	       context->config.message_bytes > SET_UP_BYTES_MOST;
}

static bool is_ring_of_a_pair(const struct channel_context *context)
{
	return channel_context_has(context, CHANNEL_PAIR_ONLY | CHANNEL_NULL) &&
	       channel_is_ring(context->job);
}

static bool has_odd_stride(const struct channel_context *context)
{
	return context->job->stride % sizeof(uint64_t) != 0;
}

static bool stays_here(const struct channel_context *context)
{
	return context->job->connect && !channel_context_has(context, CHANNEL_REMOTE);
}

/* An IPv6 address stands in brackets. */
static bool has_other_family(const struct channel_context *context)
{
	return context->job->connect && context->channel == &channel_tcp6 &&
	       context->job->connect[0] != '[';
}

static bool compares_two_hosts(const struct channel_context *context)
{
	return context->job->connect && channel_context_is(context, "one-way");
}

static bool waits_for_two_hosts(const struct channel_context *context)
{
	return context->job->connect && channel_wait_find(context->job->wait) != CHANNEL_WAIT_BLOCK;
}

static bool has_other_pairs_elsewhere(const struct channel_context *context)
{
	return context->job->connect && (context->job->pairs > 1 || context->job->fan_in > 1);
}

static bool sets_up_two_hosts(const struct channel_context *context)
{
	return context->job->connect && channel_context_is(context, "set-up");
}

static bool has_too_many_spinners(const struct channel_context *context)
{
	return is_spinning(context) && context->job->pairs > 1;
}

static bool cannot_share_its_end(const struct channel_context *context)
{
	return context->job->fan_in > 1 && !channel_context_has(context, CHANNEL_MANY_SENDERS);
}

static bool has_waits_and_senders(const struct channel_context *context)
{
	return context->job->fan_in > 1 &&
	       channel_wait_find(context->job->wait) != CHANNEL_WAIT_BLOCK;
}

static bool has_pairs_and_senders(const struct channel_context *context)
{
	return context->job->fan_in > 1 && context->job->pairs > 1;
}

/* The first that holds is told. */
static const struct {
	bool (*holds)(const struct channel_context *context);
	const char *reason;
} rules[] = {
	{ stays_here, "it does not leave this machine: use tcp or udp" },
	{ has_other_family, "the address is not IPv6: use tcp" },
	{ compares_two_hosts, "the clocks of two hosts cannot be compared: use --mode latency" },
	{ sets_up_two_hosts, "set-up is one task's, and between two hosts there are two: leave "
			     "out --connect" },
	{ waits_for_two_hosts, "two hosts wait by the call itself: leave out --wait" },
	{ has_other_pairs_elsewhere, "between two hosts there is one pair: leave out --pairs and "
				 "--fan-in" },
	{ has_no_process, "it works between threads only: use --peer thread" },
	{ has_no_thread, "it works between processes only: use --peer process" },
	{ waits_by_nothing_known, "nobody waits so: use --wait block, spin, poll, epoll or uring" },
	{ is_not_polled, "it cannot be waited for so: it has no descriptor that poll(2) knows its "
			 "messages by; use --wait block" },
	{ has_too_many_spinners, "pairs that wait without sleeping need two CPUs each: use --pairs 1" },
	{ spins_on_one_cpu, "it waits without sleeping: two sides on one CPU would wait for the "
			    "scheduler; name two CPUs by --placement" },
	{ cannot_share_its_end, "several senders cannot share its end, whole and without loss: "
				"use --fan-in 1, or pipes, queues, unix-dgram or unix-seqpacket" },
	{ has_pairs_and_senders, "many pairs and many senders are two questions: use --pairs 1 or "
				 "--fan-in 1" },
	{ has_waits_and_senders, "many senders wait by the call itself: use --wait block or "
				 "--fan-in 1" },
	{ has_nobody_to_send_to, "there is no other side to it" },
	{ is_floating_switch, "where it is not pinned a switch cannot be told from a wake-up "
			      "elsewhere" },
	{ has_no_other_cpu, "it hands over the CPU that it runs on: there is no other CPU to it" },
	{ is_floating_one_way, "one-way compares two clocks: name the CPUs by --placement" },
	{ sets_up_elsewhere, "set-up is one task's: there is no other CPU to it" },
	{ is_ring_of_a_pair, "it hands to and fro between two and cannot go round: use --tasks 2, "
			     "--footprint 0 and --state none" },
	{ has_odd_stride, "words of 8 bytes are touched: use a --stride that is a multiple of 8" },
	{ has_large_window, "a window of more than 256 MiB is under way at once: lower --size or "
			    "--depth" },
	{ sets_up_large_message, "set-up passes its one message by one task, which must not wait: "
				 "use --size 4k or less" },
};

const char *channel_contradiction(const struct channel_context *context)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds(context))
			return rules[i].reason;
	return NULL;
}
