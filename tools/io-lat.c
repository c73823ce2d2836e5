/* SPDX-License-Identifier: MIT */
/* io-lat - what it costs to hand requests to the kernel: rings against threads. */
#include <string.h>

#include "engine.h"
#include "io-prepare.h"
#include "plan.h"
#include "tool.h"

enum { RW, CACHE, SIZE, BS, DEPTH, SUBMIT_BATCH };

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

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

/* A ring hands over many requests by one call. */
static bool has_batches(const struct cell *cell)
{
	return has_trait(cell, ENGINE_RING) && cell->values[DEPTH].number > 1;
}

static bool has_peer(const struct cell *cell)
{
	(void)cell;
	return false;
}

static const struct parameter parameters[] = {
	[RW] = { .name = "rw", .metavar = "KIND", .type = PARAMETER_WORD,
		 .help = "randread, randwrite, read or write: scattered or in order",
		 .defaults = "randread", .words = "randread,randwrite,read,write",
		 .header = "rw" },
	[CACHE] = { .name = "cache", .metavar = "KIND", .type = PARAMETER_WORD,
		    .help = "warm: all in memory; cold: none of it; direct: passed by",
		    .defaults = "warm", .words = "warm,cold,direct", .header = "cache" },
	[SIZE] = { .name = "size", .metavar = "SIZE", .type = PARAMETER_SIZE,
		   .help = "of the file", .defaults = "64M", .min = 4096, .max = 1024 * GIB,
		   .header = "size" },
	[BS] = { .name = "bs", .metavar = "SIZE", .type = PARAMETER_SIZE,
		 .help = "of a block, which one request moves", .defaults = "4k", .min = 512,
		 .max = 64 * MIB, .header = "bs" },
	[DEPTH] = { .name = "depth", .metavar = "N", .type = PARAMETER_COUNT,
		    .help = "requests in flight, the same for every engine", .defaults = "1,32",
		    .min = 1, .max = 4096, .header = "depth" },
	[SUBMIT_BATCH] = { .name = "submit-batch", .field = "submit_batch", .metavar = "N",
			   .type = PARAMETER_COUNT,
			   .help = "requests that a ring hands over by one call, at most",
			   .defaults = "16", .min = 1, .max = 4096, .header = "batch",
			   .applies = has_batches },
	{ .name = NULL },
};

static const struct figure figures[] = {
	{ "requests_per_s", "requests/s", "of all lanes" },
	{ "bytes_per_s", NULL, "moved by them" },
	{ "cpu_ns_per_op", "cpu ns", "of the process, io-wq and poller threads included" },
	{ "switches_per_op", "switches", "of all its threads" },
	{ "calls_per_op", "calls", "system calls of the engine" },
	{ "hits_per_op", NULL, "requests that a first try found ready" },
	{ "in_flight", NULL, "on average, by Little's law" },
	{ "tasks", "tasks", "threads and processes of the engine's making" },
	{ "io_wq_threads", NULL, "of the kernel's, for requests that a ring could not make at once" },
	{ "sq_threads", NULL, "of the kernel's, that poll a ring for submissions" },
	{ "ring_flags", NULL, "of io_uring_setup(2), as granted" },
	{ "ring_features", NULL, "of the kernel's rings" },
	{ NULL, NULL, NULL },
};

static const char *const metrics[] = { "interval", "request", NULL };

/* A cell of a default plan that would only be a skip. */
static bool makes_sense(const struct cell *cell)
{
	if (has_trait(cell, ENGINE_ONE) && cell->values[DEPTH].number > 1)
		return false;
	return is_word(cell, CACHE, "direct") ? !has_trait(cell, ENGINE_CACHED)
					      : !has_trait(cell, ENGINE_DIRECT);
}

/* The file is read through in each round, and requests of a slow device are awaited. */
static double extra_seconds(const struct cell *cell)
{
	double gib = (double)cell->values[SIZE].number / (double)GIB;
	double mib = (double)(cell->values[DEPTH].number * cell->values[BS].number) / (double)MIB;

	return 4 * gib + 0.1 * mib + 0.01 * (double)cell->values[DEPTH].number;
}

static const struct tool io_lat = {
	.name = "io-lat",
	.summary = "what it costs to hand requests to the kernel",
	.documentation =
		"What it costs to hand requests to the kernel: rings against threads that block, "
		"with as many in flight, on the same file, CPUs and offsets.\v"
		"Exit status: 0 measured; 1 nothing could be measured; 3 a cell asked for by name "
		"was skipped or not proved; 129 wrong usage; 128+N on signal N.\n"
		"See io-lat(1), handoff-record(5), handoff-method(7).",
	.worker = "handoff-engine-worker",
	.mechanism = engine_about,
	.parameters = parameters,
	.figures = figures,
	.metrics = metrics,
	.headline = "interval",
	.baseline = "threads",
	.default_placements = "same-cpu,llc|l2|node|package|machine|smt",
	.default_peers = "process",
	.has_files = true,
	.prepare = io_prepare,
	.makes_sense = makes_sense,
	.has_peer = has_peer,
	.extra_seconds = extra_seconds,
};

int main(int argc, char **argv)
{
	return tool_main(&io_lat, argc, argv);
}
