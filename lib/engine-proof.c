/* SPDX-License-Identifier: MIT */
/* What shows that requests were made, and what they took. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine-errand.h"
#include "engine-sleep.h"
#include "io-file.h"
#include "pages.h"

/* Of a file that is to be cold, so much may be in memory after all; of one that is
 * passed by, too: its last block may share a page. */
#define CACHED_SHARE_MOST 0.02
#define READ_BACK_MOST 1024

static double own_cpu_ns(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time))
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

static void read_own(const struct engine_errand *errand, struct engine_edge *ret)
{
	ret->cpu = clock_cpu(errand->lanes.load->source);
	ret->switches = own_switches();
	ret->cpu_ns = own_cpu_ns();
}

void engine_edge_read(const struct engine_errand *errand, bool is_after, struct engine_edge *ret)
{
	*ret = (struct engine_edge){ .facts = nothing_known };
	if (engine_service_is_wanted(errand)) {
		engine_service_edge_read(errand, ret);
		return;
	}
	if (is_after)
		read_own(errand, ret);
	if (errand->engine->tell)
		errand->engine->tell(errand->state, &ret->facts);
	ret->begun = engine_lanes_begun(&errand->lanes);
	ret->ended = engine_lanes_ended(&errand->lanes);
	ret->cached_pages = io_file_cached_pages(errand->config.file, errand->config.file_bytes);
	ret->memory_kib = engine_sleep_memory_kib(errand);
	if (!is_after)
		read_own(errand, ret);
}

/* Threads that the kernel has made for a process: "iou-wrk-123", "iou-sqp-123". */
static double kernel_threads(pid_t pid, const char *prefix)
{
	char folder[32];
	DIR *tasks;
	struct dirent *entry;
	double count = 0;

	snprintf(folder, sizeof(folder), "/proc/%d/task", (int)pid);
	tasks = opendir(folder);
	while (tasks && (entry = readdir(tasks))) {
		char path[300], name[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s/comm", folder, entry->d_name);
		file = *entry->d_name == '.' ? NULL : fopen(path, "re");
		if (file && fgets(name, sizeof(name), file))
			count += !strncmp(name, prefix, strlen(prefix));
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return tasks ? count : -1;
}

/* Proofs */

static void prove_requests(struct engine_errand *errand, const struct engine_edge *before,
			   const struct engine_edge *after)
{
	round_add_proof(errand->round, "completions", PROOF_EQUAL,
			(double)(after->begun - before->begun),
			(double)(after->ended - before->ended));
}

/* The cache was what it was said to be; on both edges, but for a cold one, which warms up. */
static void prove_cache(struct engine_errand *errand, const struct engine_edge *before,
			const struct engine_edge *after)
{
	double pages = (double)(errand->config.file_bytes / IO_FILE_PAGE_BYTES);
	double least = (double)before->cached_pages, most = (double)before->cached_pages;
	bool is_warm = engine_errand_is_cache(errand, "warm");

	if (before->cached_pages < 0 || after->cached_pages < 0)
		return;
	if (!engine_errand_is_cache(errand, "cold")) {
		least = least < (double)after->cached_pages ? least : (double)after->cached_pages;
		most = most > (double)after->cached_pages ? most : (double)after->cached_pages;
	}
	if (is_warm)
		round_add_proof(errand->round, "pages_cached", PROOF_MOSTLY, pages, least);
	else
		round_add_proof(errand->round, "pages_not_cached", PROOF_AT_LEAST,
				pages * (1 - CACHED_SHARE_MOST), pages - most);
}

/* What was written is in the file: each written block holds this round's pattern. */
static int read_back(const struct engine_errand *errand, uint64_t number)
{
	struct engine_lane *lane = &errand->lanes.lanes[0];
	ssize_t got;

	lane->offset = engine_block(lane->load, number) * lane->load->block_bytes;
	engine_spoil(lane);
	got = pread(errand->config.file, lane->buffer, lane->load->block_bytes,
		    (off_t)lane->offset);
	if (got == -1)
		return -errno;
	return (size_t)got == lane->load->block_bytes && engine_is_pattern(lane) ? 0 : -EILSEQ;
}

static void prove_writes(struct engine_errand *errand)
{
	const struct engine_load *load = errand->lanes.load;
	uint64_t count = load->count < READ_BACK_MOST ? load->count : READ_BACK_MOST, right = 0;

	for (uint64_t i = 0; i < count; i++)
		right += !read_back(errand, load->first + load->count - 1 - i);
	round_add_proof(errand->round, "blocks_written", PROOF_EQUAL, (double)count, (double)right);
}

static void prove_direct(struct engine_errand *errand)
{
	int flags = fcntl(errand->config.file, F_GETFL);

	round_add_proof(errand->round, "direct", PROOF_EQUAL, 1, flags != -1 && (flags & O_DIRECT));
}

static void prove_place(struct engine_errand *errand, const struct engine_edge *before,
			const struct engine_edge *after)
{
	const struct engine_job *job = errand->job;

	round_saw_cpu(errand->round, before->cpu);
	round_saw_cpu(errand->round, after->cpu);
	if (job->cpu_a >= 0)
		round_add_proof(errand->round, "on_cpus", PROOF_EQUAL, 2,
				(before->cpu == job->cpu_a || before->cpu == job->cpu_b) +
				(after->cpu == job->cpu_a || after->cpu == job->cpu_b));
}

void engine_prove(struct engine_errand *errand, const struct engine_edge *before,
		  const struct engine_edge *after)
{
	bool has_bytes = errand->lanes.load->has_bytes;

	if (engine_service_is_wanted(errand)) {
		engine_service_prove(errand, before, after);
		return;
	}
	prove_requests(errand, before, after);
	prove_place(errand, before, after);
	if (engine_errand_sleeps(errand))
		engine_sleep_prove(errand, before, after);
	if (has_bytes)
		prove_cache(errand, before, after);
	if (has_bytes && errand->config.is_direct)
		prove_direct(errand);
	if (has_bytes && engine_errand_writes(errand))
		prove_writes(errand);
}

/* Series and figures */

static int describe_lanes(const struct engine_lanes *lanes, struct round_series *ret_series,
			  struct histogram_pair **ret_pairs)
{
	size_t bytes = lanes->count * sizeof(struct sample *);
	const struct sample **samples = pages_take(bytes);
	int error = samples ? 0 : -ENOMEM;

	for (uint32_t i = 0; samples && i < lanes->count; i++)
		samples[i] = &lanes->lanes[i].sample;
	if (!error)
		error = sample_describe(samples, lanes->count, ret_series, ret_pairs);
	pages_give(samples, bytes);
	return error;
}

static void describe_requests(struct engine_errand *errand, const struct timing *timing)
{
	struct round *round = errand->round;
	uint32_t i = round->series_count;
	int error;

	memset(&round->series[i], 0, sizeof(round->series[i]));
	strcpy(round->series[i].metric, "request");
	error = describe_lanes(&errand->lanes, &round->series[i], &errand->pairs[i]);
	if (error == -ENODATA)
		return;
	if (error) {
		round_fail(round, ROUND_FAILED, error, "samples", "");
		return;
	}
	round->series[i].overhead = timing->region_overhead;
	round->series_count++;
}

static void describe_interval(struct engine_errand *errand, const struct timing *timing)
{
	struct round *round = errand->round;
	uint32_t i = round->series_count;
	int error = timing_describe(timing, "interval", &round->series[i], &errand->pairs[i]);

	if (error) {
		round_fail(round, ROUND_FAILED, error, "samples", "");
		return;
	}
	round->series_count++;
	round->flags |= timing->flags;
}

static void tell_rates(struct engine_errand *errand, const struct timing *timing)
{
	const struct round_series *interval = &errand->round->series[0];
	double ns = (interval->sum / (double)interval->n - timing->overhead) *
		    errand->job->ns_per_tick;

	if (!(ns > 0))
		return;
	round_add_figure(errand->round, "requests_per_s", 1e9 / ns);
	if (errand->lanes.load->has_bytes)
		round_add_figure(errand->round, "bytes_per_s",
				 1e9 / ns * (double)errand->config.block_bytes);
}

/* Little's law: as many are in flight on average as their latencies add up to. */
static void tell_in_flight(struct engine_errand *errand)
{
	const struct round *round = errand->round;
	const struct round_series *interval = &round->series[0], *request = &round->series[1];

	if (round->series_count < 2 || !(interval->sum > 0))
		return;
	round_add_figure(errand->round, "in_flight", request->sum / (double)request->n /
			 (interval->sum / (double)interval->n));
}

static void tell_per_op(struct round *round, const char *name, double before, double after,
			double operations)
{
	if (before >= 0 && after >= 0)
		round_add_figure(round, name, (after - before) / operations);
}

/* Of this process and of the engine's own, where it has some. */
static double with_children(double own, double children)
{
	return children > 0 ? own + children : own;
}

static void tell_costs(struct engine_errand *errand, const struct engine_edge *before,
		       const struct engine_edge *after)
{
	double operations = (double)(after->ended - before->ended);
	struct round *round = errand->round;

	tell_per_op(round, "cpu_ns_per_op", with_children(before->cpu_ns, before->facts.child_cpu_ns),
		    with_children(after->cpu_ns, after->facts.child_cpu_ns), operations);
	tell_per_op(round, "switches_per_op",
		    with_children(before->switches, before->facts.child_switches),
		    with_children(after->switches, after->facts.child_switches), operations);
	tell_per_op(round, "calls_per_op", before->facts.calls, after->facts.calls, operations);
	tell_per_op(round, "hits_per_op", before->facts.hits, after->facts.hits, operations);
}

static void tell_makings(struct engine_errand *errand, const struct engine_edge *after)
{
	struct round *round = errand->round;
	pid_t pid = errand->service.process.pid ? errand->service.process.pid : getpid();

	if (after->facts.tasks >= 0)
		round_add_figure(round, "tasks", after->facts.tasks);
	if (!engine_errand_has(errand, ENGINE_RING))
		return;
	round_add_figure(round, "io_wq_threads", kernel_threads(pid, "iou-wrk"));
	round_add_figure(round, "sq_threads", kernel_threads(pid, "iou-sqp"));
	round_add_figure(round, "ring_flags", after->facts.ring_flags);
	round_add_figure(round, "ring_features", after->facts.ring_features);
}

void engine_tell(struct engine_errand *errand, const struct timing *timing,
		 const struct engine_edge *before, const struct engine_edge *after)
{
	describe_interval(errand, timing);
	if (errand->round->status != ROUND_MEASURED || !before)
		return;
	describe_requests(errand, timing);
	if (errand->round->status != ROUND_MEASURED)
		return;
	tell_rates(errand, timing);
	tell_in_flight(errand);
	tell_costs(errand, before, after);
	tell_makings(errand, after);
	if (engine_errand_sleeps(errand))
		engine_sleep_tell(errand, timing, before, after);
	if (engine_service_is_wanted(errand))
		engine_service_tell(errand, timing, before, after);
}
