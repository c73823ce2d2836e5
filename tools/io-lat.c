/* SPDX-License-Identifier: MIT */
/* io-lat - what it costs to hand requests to the kernel: rings against threads. */
#include <string.h>

#include "engine/mechanism/list.h"
#include "engine/round/job.h"
#include "io-answer.h"
#include "io-prepare.h"
#include "plan/plan.h"
#include "tool/main.h"

enum { WORKLOAD, CONNECTIONS, MESSAGE, RW, CACHE, SIZE, BS, DEPTH, SUBMIT_BATCH, WAIT, RATE, ARRIVALS };

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define US ((uint64_t)1000)
#define DAY_S ((uint64_t)86400)
/* Longer than this, and one after another is no part of a plan that does not name it. */
#define SERIAL_MOST_S 60
/* Until a device is steady, with the window behind it. */
#define RAMP_MOST_S 2

static const struct mechanism *engine_about(size_t i)
{
	return engines[i] ? &engines[i]->about : NULL;
}

static bool has_trait(const struct cell *cell, unsigned int trait)
{
	return cell->mechanism->traits & trait;
}

static bool is_word(const struct cell *cell, int parameter, const char *word)
{
	return !strcmp(cell->values[parameter].word, word);
}

static bool is_file(const struct cell *cell)
{
	return is_word(cell, WORKLOAD, "file");
}

static bool is_sleep(const struct cell *cell)
{
	return is_word(cell, WORKLOAD, "sleep");
}

static bool is_socket(const struct cell *cell)
{
	return is_word(cell, WORKLOAD, "socket");
}

static bool has_depth(const struct cell *cell)
{
	return !is_socket(cell);
}

/* One call hands over many requests. */
static bool has_batches(const struct cell *cell)
{
	return is_file(cell) && has_trait(cell, ENGINE_RING | ENGINE_BATCH) &&
	       cell->values[DEPTH].number > 1;
}

/* Requests that are due, whatever became of the last. */
static bool is_paced(const struct cell *cell)
{
	return !is_sleep(cell) && cell->values[RATE].number > 0;
}

/* Requests to a device, one after the other as they end: they have a steady state. */
static bool ramps(const struct cell *cell)
{
	return is_file(cell) && is_word(cell, CACHE, "direct") && !is_paced(cell) &&
	       !has_trait(cell, ENGINE_NULL | ENGINE_NOP);
}

/* All cells of a run read and write one file, and turn its pages out of memory. */
static bool is_apart(const struct cell *cell)
{
	return !is_file(cell);
}

static bool has_peer(const struct cell *cell)
{
	(void)cell;
	return false;
}

static const struct parameter parameters[] = {
	[WORKLOAD] = { .name = "workload", .metavar = "KIND", .type = PARAMETER_WORD,
		       .help = "what a request is: read or write a block of a file, sleep, or have a "
			       "message sent back on a socket",
		       .defaults = "file", .words = "file,sleep,socket", .header = "workload" },
	[CONNECTIONS] = { .name = "connections", .metavar = "N", .type = PARAMETER_COUNT,
			  .help = "of a server; one message is under way on each",
			  .defaults = "1,64", .min = 1, .max = 4096, .header = "conns",
			  .applies = is_socket },
	[MESSAGE] = { .name = "message", .is_rare = true, .metavar = "SIZE", .type = PARAMETER_SIZE,
		      .help = "of a message to a server, and of its echo", .defaults = "64",
		      .min = 1, .max = MIB, .header = "message", .applies = is_socket },
	[RW] = { .name = "rw", .metavar = "KIND", .type = PARAMETER_WORD,
		 .help = "randread, randwrite, read or write: scattered or in order",
		 .defaults = "randread", .words = "randread,randwrite,read,write",
		 .header = "rw", .applies = is_file },
	[CACHE] = { .name = "cache", .metavar = "KIND", .type = PARAMETER_WORD,
		    .help = "warm: all in memory; cold: none of it; direct: passed by",
		    .defaults = "warm", .words = "warm,cold,direct", .header = "cache",
		    .applies = is_file },
	[SIZE] = { .name = "size", .metavar = "SIZE", .type = PARAMETER_SIZE,
		   .help = "of the file", .defaults = "64M", .min = 4096, .max = 1024 * GIB,
		   .header = "size", .applies = is_file },
	[BS] = { .name = "bs", .metavar = "SIZE", .type = PARAMETER_SIZE,
		 .help = "of a block, which one request moves", .defaults = "4k", .min = 512,
		 .max = 64 * MIB, .header = "bs", .applies = is_file },
	[DEPTH] = { .name = "depth", .metavar = "N", .type = PARAMETER_COUNT,
		    .help = "requests in flight, the same for every engine; tasks of a sleep",
		    .defaults = "1,32", .min = 1, .max = 65536, .header = "depth",
		    .applies = has_depth },
	[SUBMIT_BATCH] = { .name = "submit-batch", .is_rare = true, .field = "submit_batch", .metavar = "N",
			   .type = PARAMETER_COUNT,
			   .help = "requests that a ring or libaio hands over by one call, at most",
			   .defaults = "16", .min = 1, .max = 4096, .header = "batch",
			   .applies = has_batches },
	[WAIT] = { .name = "wait", .is_rare = true, .field = "wait_ns", .metavar = "TIME", .type = PARAMETER_TIME,
		   .help = "that a request of the sleep workload takes", .defaults = "100ms",
		   .min = US, .max = DAY_S * 1000000 * US, .header = "wait", .applies = is_sleep },
	[RATE] = { .name = "rate", .metavar = "N", .type = PARAMETER_COUNT,
		   .help = "requests due each second; 0: as fast as it goes", .defaults = "0", .min = 0, .max = 10000000,
		   .header = "rate", .applies = is_paced },
	[ARRIVALS] = { .name = "arrivals", .is_rare = true, .metavar = "KIND", .type = PARAMETER_WORD,
		       .help = "how they are spread, with --rate: fixed or poisson",
		       .defaults = "fixed", .words = "fixed,poisson", .header = "arrivals",
		       .applies = is_paced },
	{ .name = NULL },
};

static const struct figure figures[] = {
	{ "requests_per_s", "requests/s", "of all lanes" },
	{ "bytes_per_s", NULL, "moved by them" },
	{ "cpu_ns_per_op", "cpu ns", "of the process, or the server, io-wq and poller threads "
					 "included" },
	{ "submitter_cpu_ns_per_op", NULL, "of it, the thread's that hands requests to a ring" },
	{ "switches_per_op", "switches", "of all its threads" },
	{ "calls_per_op", "calls", "system calls of the engine" },
	{ "hits_per_op", NULL, "requests that a first try found ready" },
	{ "generator_cpu_ns_per_op", NULL, "of the side that asks a server" },
	{ "generator_share", "asking cpu", "of the window: near 1, and the server is not the limit" },
	{ "server_share", NULL, "of the window, all its tasks together" },
	{ "in_flight", NULL, "on average, by Little's law" },
	{ "ramp_ns", "ramp ns", "of a device, before the window: left out" },
	{ "late_share", NULL, "of the requests that we began late with nothing in the way" },
	{ "tasks", "tasks", "threads and processes of the engine's making" },
	{ "memory_kib", "KiB", "that a sleep took, of the engine and its tasks, not of the kernel" },
	{ "makespan_ns", "makespan ns", "from the first sleeper's begin to the last one's end" },
	{ "io_wq_threads", NULL, "of the kernel's, for requests that a ring could not make at once" },
	{ "sq_threads", NULL, "of the kernel's, that poll a ring for submissions" },
	{ "ring_flags", NULL, "of io_uring_setup(2), as granted" },
	{ "ring_features", NULL, "of the kernel's rings" },
	{ NULL, NULL, NULL },
};

static const char *const metrics[] = { "interval", "request", "response", NULL };

/* One after another, or all at once. */
static double sleep_seconds(const struct cell *cell)
{
	double each = (double)cell->values[WAIT].number / 1e9;

	return has_trait(cell, ENGINE_ONE) ? each * (double)cell->values[DEPTH].number : each;
}

static double least_seconds(const struct cell *cell)
{
	return is_sleep(cell) ? sleep_seconds(cell) : 0;
}

static bool sleep_makes_sense(const struct cell *cell)
{
	if (!has_trait(cell, ENGINE_SLEEPS))
		return false;
	return cell->is_named || !has_trait(cell, ENGINE_ONE) ||
	       sleep_seconds(cell) <= SERIAL_MOST_S;
}

/* A cell of a default plan that would only be a skip, or would take all its time. */
static bool makes_sense(const struct cell *cell)
{
	if (is_sleep(cell))
		return sleep_makes_sense(cell);
	if (is_socket(cell))
		return has_trait(cell, ENGINE_SERVES) ||
		       (has_trait(cell, ENGINE_NULL) && cell->values[CONNECTIONS].number == 1);
	if (has_trait(cell, ENGINE_NO_FILES))
		return false;
	if (has_trait(cell, ENGINE_ONE) && cell->values[DEPTH].number > 1)
		return false;
	return is_word(cell, CACHE, "direct") ? !has_trait(cell, ENGINE_CACHED)
					      : !has_trait(cell, ENGINE_DIRECT);
}

/* The file is read through in each round, and requests of a slow device are awaited. */
static double file_seconds(const struct cell *cell)
{
	double gib = (double)cell->values[SIZE].number / (double)GIB;
	double mib = (double)(cell->values[DEPTH].number * cell->values[BS].number) / (double)MIB;

	double depth = (double)cell->values[DEPTH].number;

	if (is_sleep(cell))
		return sleep_seconds(cell) + 0.01 * depth;
	/* A round has five requests a lane at least, and a slow disk makes 100 a second. */
	return 4 * gib + 0.1 * mib + (is_word(cell, CACHE, "warm") ? 0.01 : 0.06) * depth +
	       (ramps(cell) ? RAMP_MOST_S : 0);
}

/* A task is made for each connection, maybe, and looked at before and after. */
static double socket_seconds(const struct cell *cell)
{
	double connections = (double)cell->values[CONNECTIONS].number;
	double mib = connections * (double)cell->values[MESSAGE].number / (double)MIB;

	return 0.01 * connections + 0.2 * mib;
}

static double extra_seconds(const struct cell *cell)
{
	double seconds = is_socket(cell) ? socket_seconds(cell) : file_seconds(cell);

	/* At least five requests are awaited. */
	return is_paced(cell) ? seconds + 5.0 / (double)cell->values[RATE].number : seconds;
}

static const struct tool io_lat = {
	.name = "io-lat",
	.summary = "what it costs to hand requests to the kernel",
	.documentation =
		"What it costs to hand requests to the kernel: rings against threads that block, "
		"with as many in flight, on the same file or connections, and on the same CPUs.",
	.worker = "handoff-engine-worker",
	.job = &engine_job_kind,
	.mechanism = engine_about,
	.parameters = parameters,
	.figures = figures,
	.metrics = metrics,
	.headline = "interval,response",
	.baseline = "threads",
	/* What people choose between, for each workload those that it has. */
	.default_mechanisms = "pread,threads,processes,pool,libaio,epoll,uring,uring-defer,"
			      "uring-sqpoll,uring-multishot",
	.default_placements = "same-cpu,llc|l2|node|package|machine|smt",
	.default_peers = "process",
	.has_files = true,
	.prepare = io_prepare,
	.makes_sense = makes_sense,
	.has_peer = has_peer,
	.is_apart = is_apart,
	.ramps = ramps,
	.extra_seconds = extra_seconds,
	.least_seconds = least_seconds,
	.sentences = io_answer,
};

int main(int argc, char **argv)
{
	return tool_main(&io_lat, argc, argv);
}
