/* SPDX-License-Identifier: MIT */
/* What shows that requests were made. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine/round/context.h"
#include "engine/round/io-file.h"
#include "engine/round/sleep.h"
#include "kernel/proc-task.h"
#include "kernel/sysfile.h"
#include "kernel/task-usage.h"
#include "measure/memory-proof.h"

/* Of a file that is to be cold, so much may be in memory after all; of one that is
 * passed by, too: its last block may share a page. */
#define CACHED_SHARE_MOST 0.02
#define READ_BACK_MOST 1024

static double cpu_time_ns(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time))
		return -1;
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double own_switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return -1;
	return (double)usage.ru_nvcsw + (double)usage.ru_nivcsw;
}

static const struct engine_facts nothing_known = {
	.tasks = -1, .ring_flags = -1, .ring_features = -1, .calls = -1, .hits = -1,
	.child_cpu_ns = -1, .child_switches = -1, .child_memory_kib = -1,
};

static void read_own(const struct engine_context *context, struct engine_edge *ret)
{
	ret->cpu = clock_cpu(context->lanes.load->source);
	ret->switches = own_switches();
	ret->thread_cpu_ns = cpu_time_ns(CLOCK_THREAD_CPUTIME_ID);
	ret->cpu_ns = cpu_time_ns(CLOCK_PROCESS_CPUTIME_ID);
}

struct worker_census {
	const struct engine_context *context;
	struct engine_edge *edge;
};

static int count_worker(const char *name, void *context)
{
	struct worker_census *census = context;
	const struct engine_job *job = census->context->job;
	struct task_usage usage;
	char path[64], comm[32] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", name);
	if (sysfile_read_text("", path, comm, sizeof(comm)) < 0 || strncmp(comm, "iou-wrk", 7))
		return 0;
	task_usage_other((pid_t)atoi(name), false, &usage);
	/* It may have ended meanwhile. */
	if (usage.cpu < 0)
		return 0;
	census->edge->workers++;
	census->edge->workers_on_cpus += usage.cpu == job->cpu_a || usage.cpu == job->cpu_b;
	round_saw_cpu(census->context->round, usage.cpu);
	return 0;
}

static void count_workers(const struct engine_context *context, struct engine_edge *ret)
{
	struct worker_census census = { context, ret };

	if (engine_context_has(context, ENGINE_RING) && proc_shows_us())
		sysfile_each_entry("", "/proc/self/task", count_worker, &census);
}

void engine_edge_read(const struct engine_context *context, bool is_after, struct engine_edge *ret)
{
	*ret = (struct engine_edge){ .facts = nothing_known };
	if (engine_service_is_wanted(context)) {
		engine_service_edge_read(context, ret);
		return;
	}
	if (is_after)
		read_own(context, ret);
	if (context->engine->tell)
		context->engine->tell(context->state, &ret->facts);
	ret->begun = engine_lanes_begun(&context->lanes);
	ret->ended = engine_lanes_ended(&context->lanes);
	ret->cached_pages = io_file_cached_pages(context->config.file, context->config.file_bytes);
	ret->memory_kib = engine_sleep_memory_kib(context);
	count_workers(context, ret);
	if (!is_after)
		read_own(context, ret);
}

/* Proofs */

/* Those that were asked for, not those that were begun: one that was lost would be fast. */
static void prove_requests(struct engine_context *context, const struct timing *timing,
			   const struct engine_edge *before, const struct engine_edge *after)
{
	round_add_proof(context->round, "completions", PROOF_EQUAL, (double)timing->operations_done,
			(double)(after->ended - before->ended));
}

/* What is not known is not proved. */
static void refuse_cache(struct engine_context *context, const struct engine_edge *edge)
{
	round_refuse(context->round, (int)edge->cached_pages, "cache",
		     "how much of the file is in memory cannot be found out by mincore(2)");
}

/* The cache was what it was said to be; on both edges, but for a cold one, which warms up. */
static void prove_cache(struct engine_context *context, const struct engine_edge *before,
			const struct engine_edge *after)
{
	double pages = (double)io_file_pages(context->config.file_bytes);
	double least = (double)before->cached_pages, most = (double)before->cached_pages;
	bool is_warm = engine_context_is_cache(context, "warm");

	/* To others than its owner all pages seem to be there: prove_direct() has to do. */
	if (context->config.is_direct && !io_file_shows_pages(context->config.file))
		return;
	if (before->cached_pages < 0 || after->cached_pages < 0) {
		refuse_cache(context, before->cached_pages < 0 ? before : after);
		return;
	}
	if (!engine_context_is_cache(context, "cold")) {
		least = least < (double)after->cached_pages ? least : (double)after->cached_pages;
		most = most > (double)after->cached_pages ? most : (double)after->cached_pages;
	}
	if (is_warm)
		round_add_proof(context->round, "pages_cached", PROOF_MOSTLY, pages, least);
	else
		round_add_proof(context->round, "pages_not_cached", PROOF_AT_LEAST,
				pages * (1 - CACHED_SHARE_MOST), pages - most);
}

/* What was written is in the file: each written block holds this round's pattern. */
static int read_back(const struct engine_context *context, uint64_t number)
{
	struct engine_lane *lane = &context->lanes.lanes[0];
	ssize_t got;

	lane->offset = engine_block(lane->load, number) * lane->load->block_bytes;
	engine_spoil(lane);
	got = pread(context->config.file, lane->buffer, lane->load->block_bytes,
		    (off_t)lane->offset);
	if (got == -1)
		return -errno;
	return (size_t)got == lane->load->block_bytes && engine_is_pattern(lane) ? 0 : -EILSEQ;
}

static void prove_writes(struct engine_context *context)
{
	const struct engine_load *load = context->lanes.load;
	uint64_t count = load->count < READ_BACK_MOST ? load->count : READ_BACK_MOST, right = 0;

	for (uint64_t i = 0; i < count; i++)
		right += !read_back(context, load->first + load->count - 1 - i);
	round_add_proof(context->round, "blocks_written", PROOF_EQUAL, (double)count, (double)right);
}

static void prove_direct(struct engine_context *context)
{
	int flags = fcntl(context->config.file, F_GETFL);

	round_add_proof(context->round, "direct", PROOF_EQUAL, 1, flags != -1 && (flags & O_DIRECT));
}

static void prove_place(struct engine_context *context, const struct engine_edge *before,
			const struct engine_edge *after)
{
	const struct engine_job *job = context->job;

	round_saw_cpu(context->round, before->cpu);
	round_saw_cpu(context->round, after->cpu);
	if (job->cpu_a >= 0)
		round_add_proof(context->round, "on_cpus", PROOF_EQUAL, 2 + after->workers,
				(before->cpu == job->cpu_a || before->cpu == job->cpu_b) +
				(after->cpu == job->cpu_a || after->cpu == job->cpu_b) +
				after->workers_on_cpus);
}

/* The buffers, and what there is beside them of each lane. */
static void prove_memory(struct engine_context *context)
{
	memory_proof_add(context->round, context->job->memory_nodes, context->lanes.load,
			 context->lanes.bytes);
}

void engine_prove(struct engine_context *context, const struct timing *timing,
		  const struct engine_edge *before, const struct engine_edge *after)
{
	bool has_bytes = context->lanes.load->has_bytes;

	prove_memory(context);
	if (engine_service_is_wanted(context)) {
		engine_service_prove(context, timing, before, after);
		return;
	}
	prove_requests(context, timing, before, after);
	prove_place(context, before, after);
	if (engine_context_sleeps(context))
		engine_sleep_prove(context, before, after);
	if (has_bytes)
		prove_cache(context, before, after);
	if (has_bytes && context->config.is_direct)
		prove_direct(context);
	if (has_bytes && engine_context_writes(context))
		prove_writes(context);
}
