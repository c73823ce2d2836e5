/* SPDX-License-Identifier: MIT */
/* ipc-lat - what it costs to hand a message to another task. */
#include <string.h>

#include "channel/mechanism/list.h"
#include "channel/pair/job.h"
#include "ipc-answer.h"
#include "ipc-hosts.h"
#include "plan/plan.h"
#include "tool/main.h"

enum { MODE, SIZE, DEPTH, RATE, ARRIVALS, WAIT, PAIRS, FAN_IN };

#define MIB ((uint64_t)1 << 20)

/* The i-th of those that pass something. */
static const struct mechanism *channel_about(size_t i)
{
	for (size_t at = 0; channels[at]; at++)
		if (!(channels[at]->about.traits & CHANNEL_SWITCH) && i-- == 0)
			return &channels[at]->about;
	return NULL;
}

static bool has_trait(const struct cell *cell, unsigned int trait)
{
	return cell->mechanism->traits & trait;
}

static bool is_mode(const struct cell *cell, const char *mode)
{
	return !strcmp(cell->values[MODE].word, mode);
}

static bool has_bytes(const struct cell *cell)
{
	return !has_trait(cell, CHANNEL_TOKEN);
}

static bool has_window(const struct cell *cell)
{
	return is_mode(cell, "throughput");
}

static bool has_rate(const struct cell *cell)
{
	return is_mode(cell, "rate");
}

/* To set it up takes one task alone. */
static bool has_other_side(const struct cell *cell)
{
	return !has_trait(cell, CHANNEL_NULL) && !is_mode(cell, "set-up");
}

/* Others can do the same beside the pair that is measured. */
static bool has_other_pairs(const struct cell *cell)
{
	return !has_trait(cell, CHANNEL_NULL) && (is_mode(cell, "latency") || has_window(cell));
}

/* Several can send to one. */
static bool has_senders(const struct cell *cell)
{
	return !has_trait(cell, CHANNEL_NULL) && has_window(cell);
}

static const struct parameter parameters[] = {
	[MODE] = { .name = "mode", .field = "question", .metavar = "MODE", .type = PARAMETER_WORD,
		   .help = "what is asked: latency, one-way, throughput, rate or set-up",
		   .defaults = "latency", .words = "latency,one-way,throughput,rate,set-up",
		   .header = "mode" },
	[SIZE] = { .name = "size", .metavar = "SIZE", .type = PARAMETER_SIZE,
		   .help = "of a message; all of it is written and read",
		   .defaults = "1", .min = 1, .max = 16 * MIB, .header = "size",
		   .applies = has_bytes },
	[DEPTH] = { .name = "depth", .metavar = "N", .type = PARAMETER_COUNT,
		    .help = "messages under way at once, with --mode throughput",
		    .defaults = "16", .min = 1, .max = 4096, .header = "depth",
		    .applies = has_window },
	[RATE] = { .name = "rate", .metavar = "N", .type = PARAMETER_COUNT,
		   .help = "messages sent each second, with --mode rate",
		   .defaults = "1000", .min = 1, .max = 10000000, .header = "rate",
		   .applies = has_rate },
	[ARRIVALS] = { .name = "arrivals", .is_rare = true, .metavar = "KIND", .type = PARAMETER_WORD,
		       .help = "how they are spread, with --mode rate: fixed or poisson",
		       .defaults = "fixed", .words = "fixed,poisson", .header = "arrivals",
		       .applies = has_rate },
	[WAIT] = { .name = "wait", .metavar = "KIND", .type = PARAMETER_WORD,
		   .help = "how both sides wait: block, spin, poll, epoll, uring",
		   .defaults = "block", .words = "block,spin,poll,epoll,uring",
		   .header = "wait", .applies = has_other_side },
	[PAIRS] = { .name = "pairs", .metavar = "N", .type = PARAMETER_COUNT,
		    .help = "pairs of tasks that do the same at once",
		    .defaults = "1", .min = 1, .max = 4096, .header = "pairs",
		    .applies = has_other_pairs },
	[FAN_IN] = { .name = "fan-in", .field = "fan_in", .metavar = "N", .type = PARAMETER_COUNT,
		     .help = "tasks that send to one receiver, with --mode throughput",
		     .defaults = "1", .min = 1, .max = 4096, .header = "fan-in",
		     .applies = has_senders },
	{ .name = NULL },
};

static const struct figure figures[] = {
	{ "half_ns", NULL, "half of a round trip" },
	{ "skew_bound_ns", NULL, "by what the clocks of the two CPUs may be apart" },
	{ "late_share", NULL, "of the messages that we sent late with nothing in the way" },
	{ "messages_per_s", "messages/s", "in one direction" },
	{ "bytes_per_s", "bytes/s", "in one direction" },
	{ "all_messages_per_s", "all messages/s", "of all pairs, in one direction" },
	{ "all_bytes_per_s", NULL, "of all pairs, in one direction" },
	{ "slowest_share", "slowest", "messages of the slowest pair or sender over the mean" },
	{ "cpu_ns_per_op", "cpu ns", "CPU time of both sides" },
	{ "here_cpu_ns_per_op", NULL, "CPU time of the side that measures" },
	{ "there_cpu_ns_per_op", NULL, "CPU time of the side that answers" },
	{ "switches_per_op", "switches", "context switches of both sides" },
	{ "tries_per_op", NULL, "of this side that found no message, with --wait spin" },
	{ NULL, NULL, NULL },
};

static const char *const metrics[] = { "round-trip", "one-way", "transfer", "response", "set-up", NULL };

static bool is_spinning(const struct cell *cell)
{
	return has_trait(cell, CHANNEL_SPINS) ||
	       (cell->values[WAIT].applies && !strcmp(cell->values[WAIT].word, "spin"));
}

/* A spin needs two CPUs, setting up needs one. */
static bool makes_sense(const struct cell *cell)
{
	bool is_one_cpu = cell->seat.cpus[0] == cell->seat.cpus[1];

	if (is_mode(cell, "set-up"))
		return is_one_cpu;
	return !(is_one_cpu && is_spinning(cell));
}

static bool is_batched(const struct cell *cell)
{
	return channel_is_batched(cell->mechanism->traits, has_window(cell)) &&
	       !has_rate(cell) && !is_mode(cell, "one-way");
}

/* Large messages take a while to be written and read. */
static double extra_seconds(const struct cell *cell)
{
	double mib = (double)cell->values[SIZE].number / (double)MIB;
	double depth = cell->values[DEPTH].applies ? (double)cell->values[DEPTH].number : 1;

	double pairs = cell->values[PAIRS].applies ? (double)cell->values[PAIRS].number : 1;
	double senders = cell->values[FAN_IN].applies ? (double)cell->values[FAN_IN].number : 1;

	double seconds = 0.05 * mib * (depth + 10) * pairs;

	/* Each is made and ends, and all have their turn before we have ours. */
	seconds += (pairs - 1) * (0.04 + 0.0002 * depth) + (senders - 1) * 0.03;
	/* At least five messages are awaited. */
	return has_rate(cell) ? seconds + 5.0 / (double)cell->values[RATE].number : seconds;
}

static const struct tool ipc_lat = {
	.name = "ipc-lat",
	.summary = "what it costs to hand a message to another task",
	.documentation =
		"What it costs to hand a message to another process or thread: pipes, sockets, "
		"queues, semaphores, shared memory, signals.",
	.worker = "handoff-channel-worker",
	.job = &channel_job_kind,
	.mechanism = channel_about,
	.parameters = parameters,
	.figures = figures,
	.metrics = metrics,
	.headline = "round-trip,one-way,transfer,response,set-up",
	.baseline = "pipe",
	/* What people choose between. */
	.default_mechanisms = "pipe,unix-stream,tcp,sysv-msg,posix-mq,sysv-sem,posix-sem,"
			      "sysv-shm+sysv-sem,posix-shm+posix-sem,memfd+futex,shm-spin",
	.host_mechanisms = "tcp,udp",
	.listen = ipc_hosts_listen,
	.greet = ipc_hosts_greet,
	.default_placements = "same-cpu,llc|l2|node|package|machine|smt",
	.default_peers = "process",
	.makes_sense = makes_sense,
	.has_peer = has_other_side,
	.is_batched = is_batched,
	.extra_seconds = extra_seconds,
	.sentences = ipc_answer,
};

int main(int argc, char **argv)
{
	return tool_main(&ipc_lat, argc, argv);
}
