/* SPDX-License-Identifier: MIT */
/* spawn-cost - what the kernel charges for a new task. */
#include <string.h>

#include "host/page-cost.h"
#include "plan/plan.h"
#include "spawn-answer.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/job.h"
#include "tool/main.h"

enum { EXEC, RSS, BACKING, VMAS, FDS, THREADS, STACK, ALIVE, PARALLEL };

#define GIB ((uint64_t)1 << 30)

static const struct mechanism *spawner_about(size_t i)
{
	return spawners[i] ? &spawners[i]->about : NULL;
}

static bool has_trait(const struct cell *cell, unsigned int trait)
{
	return cell->mechanism->traits & trait;
}

static bool executes(const struct cell *cell)
{
	return has_trait(cell, SPAWN_EXEC);
}

static bool has_stack(const struct cell *cell)
{
	return has_trait(cell, SPAWN_STACK);
}

static bool has_memory(const struct cell *cell)
{
	return cell->values[RSS].number > 0;
}

/* What sits on the other side of a creation are other creators. */
static bool has_several_creators(const struct cell *cell)
{
	return cell->values[PARALLEL].number > 1;
}

/* Creators on one CPU would only wait for each other. */
static bool spreads(const struct cell *cell)
{
	return has_several_creators(cell) && !strcmp(cell->seat.name, "same-cpu");
}

static const struct parameter parameters[] = {
	[EXEC] = { .name = "exec", .metavar = "TARGET", .type = PARAMETER_WORD,
		   .help = "program that is executed: tiny (no libc), static, dynamic or a PATH",
		   .defaults = "tiny", .words = "tiny,static,dynamic,PATH", .header = "exec of",
		   .applies = executes },
	[RSS] = { .name = "rss", .metavar = "SIZE", .type = PARAMETER_SIZE,
		  .help = "memory of the parent: private, anonymous, written",
		  .defaults = "0", .max = 1024 * GIB, .header = "rss", .is_fitted = true,
		  .is_prepared = true },
	[BACKING] = { .name = "backing", .metavar = "KIND", .type = PARAMETER_WORD,
		      .help = "what that memory is: 4k, thp, shmem, dontfork, hugetlb",
		      .defaults = "4k", .words = "4k,thp,shmem,dontfork,hugetlb",
		      .header = "backing", .applies = has_memory, .is_prepared = true },
	[VMAS] = { .name = "vmas", .metavar = "N", .type = PARAMETER_COUNT,
		   .help = "mappings of the parent beside its own, one written page each",
		   .defaults = "0", .max = 10000000, .header = "vmas" },
	[FDS] = { .name = "fds", .metavar = "N", .type = PARAMETER_COUNT,
		  .help = "descriptors the parent holds open",
		  .defaults = "0", .max = 10000000, .header = "fds" },
	[THREADS] = { .name = "threads", .metavar = "N", .type = PARAMETER_COUNT,
		      .help = "idle threads that live in the parent",
		      .defaults = "0", .max = 10000000, .header = "threads" },
	[STACK] = { .name = "stack", .is_rare = true, .metavar = "SIZE", .type = PARAMETER_SIZE,
		    .help = "stack of a thread or clone; 0: the mechanism's default",
		    .defaults = "0", .max = 64 * GIB, .header = "stack", .applies = has_stack },
	[ALIVE] = { .name = "alive", .metavar = "N", .type = PARAMETER_COUNT,
		    .help = "tasks that live at once before they end",
		    .defaults = "1", .min = 1, .max = 10000000, .header = "alive" },
	[PARALLEL] = { .name = "parallel", .metavar = "N", .type = PARAMETER_COUNT,
		       .help = "creators at once: processes, or threads with --peer thread",
		       .defaults = "1", .min = 1, .max = 100000, .header = "parallel" },
	{ .name = NULL },
};

static const struct figure figures[] = {
	{ "kib_per_task", "KiB/task", "memory of a living task, the sum of the next four" },
	{ "stack_kib_per_task", NULL, "resident stack of a thread" },
	{ "private_kib_per_task", NULL, "private pages of a process" },
	{ "page_table_kib_per_task", NULL, "page tables" },
	{ "kernel_stack_kib_per_task", NULL, "kernel stack" },
	{ "cow_faults_per_page", NULL, "faults when the parent rewrites a page beside a child" },
	{ "cow_ns_per_page", "cow ns/page", "time of the same" },
	{ "refault_ns_per_page", "refault ns/page", "time when the child is already gone" },
	{ "elsewhere_share", NULL, "of a pair of CPUs: tasks that the kernel put beside the creator" },
	{ "tasks_per_s", NULL, "tasks of all creators together" },
	{ "cpu_ns_per_op", NULL, "CPU time of creator and task" },
	{ "minflt_per_op", NULL, "minor faults of creator and task" },
	{ "switches_per_op", NULL, "context switches of creator and task" },
	{ NULL, NULL, NULL },
};

static const char *const metrics[] = {
	"call", "first-instruction", "exec", "reap", "life", NULL,
};

/* Those that live at once are each an operation of their own. */
static bool is_batched(const struct cell *cell)
{
	return spawner_is_batched(cell->mechanism->traits) && cell->values[ALIVE].number == 1;
}

/* Large memory takes a while to write, many tasks a while to start. */
static double extra_seconds(const struct cell *cell)
{
	double gib = (double)cell->values[RSS].number / (double)GIB;
	double tasks = (double)cell->values[ALIVE].number + (double)cell->values[THREADS].number;
	double pages = (double)cell->values[VMAS].number;

	return ((double)cell->values[PARALLEL].number * (10 * gib + 0.01 * tasks + 1e-4 * pages) +
		0.02 * (double)cell->values[PARALLEL].number);
}

static const struct spawner *spawner_of(const struct cell *cell)
{
	return spawner_find(cell->mechanism->name);
}

/* Executed anew for its environment, a worker has lost what another prepared. */
static bool have_same_environment(const struct cell *a, const struct cell *b)
{
	const char *left = spawner_of(a)->environment, *right = spawner_of(b)->environment;

	return left && right ? !strcmp(left, right) : left == right;
}

/* Several creators each carry a memory of their own. */
static bool shares(const struct cell *a, const struct cell *b)
{
	return has_memory(a) && !has_several_creators(a) && !has_several_creators(b) &&
	       a->values[RSS].number == b->values[RSS].number &&
	       !strcmp(a->values[BACKING].word, b->values[BACKING].word) &&
	       have_same_environment(a, b);
}

/* Pages that a fork of this parent copies the tables of, as many as cost the same. */
static double copied_pages(const char *backing, double pages)
{
	if (!strcmp(backing, "4k"))
		return pages;
	return strcmp(backing, "thp") && strcmp(backing, "hugetlb") ? 0 : pages / 512;
}

/* To reach the window's process they are copied, or looked up, whatever it then does. */
static double reached_pages(const char *backing, double pages)
{
	return strcmp(backing, "thp") && strcmp(backing, "hugetlb") ? pages : pages / 512;
}

/* One to warm up, three to measure: what the loop does with slow ones. */
#define OPERATIONS 4
/* Everything else that a window takes. */
#define WINDOW_S 0.03
/* Clearing the page is a quarter of its preparing: that is left where pages are huge. */
#define CLEARING_SHARE 0.25

static struct cell_cost cost(const struct cell *cell, const struct page_cost *page)
{
	const char *backing = cell->values[BACKING].word;
	double pages = (double)cell->values[RSS].number / 4096;
	double copied = has_trait(cell, SPAWN_COPIES) ? copied_pages(backing, pages) : 0;
	bool is_huge = !strcmp(backing, "thp") || !strcmp(backing, "hugetlb");

	return (struct cell_cost){
		.prepare_s = pages * page->prepare_ns * (is_huge ? CLEARING_SHARE : 1) / 1e9,
		.round_s = WINDOW_S + (reached_pages(backing, pages) + OPERATIONS * copied) *
			   page->fork_ns / 1e9,
		.memory_bytes = (double)cell->values[RSS].number,
	};
}

static const struct tool spawn_cost = {
	.name = "spawn-cost",
	.summary = "what a new task costs",
	.documentation =
		"What the kernel charges for a new task: processes, threads, executed programs, "
		"and what people use in order not to create any.",
	.worker = "handoff-spawn-worker",
	.job = &spawn_job_kind,
	.mechanism = spawner_about,
	.parameters = parameters,
	.figures = figures,
	.metrics = metrics,
	.headline = "life",
	.baseline = "pthread",
	/* What people choose between. */
	.default_mechanisms = "pthread,fork,clone3,vfork,posix-spawn,fork-exec,thread-pool,"
			      "process-pool",
	.default_placements = "same-cpu,float",
	.default_peers = "process",
	.has_peer = has_several_creators,
	.spreads = spreads,
	.is_batched = is_batched,
	.extra_seconds = extra_seconds,
	.shares = shares,
	.cost = cost,
	.sentences = spawn_answer,
};

int main(int argc, char **argv)
{
	return tool_main(&spawn_cost, argc, argv);
}
