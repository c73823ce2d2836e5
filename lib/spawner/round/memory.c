/* SPDX-License-Identifier: MIT */
#include "spawner/round/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "kernel/process-facts.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/operation.h"

#define PAGE_BYTES 4096u
/*
 * Copy-on-write is sampled: this many pages tell what one costs, and the rest of a
 * large memory would cost seconds.  They lie in runs of a huge page each, so that
 * what a huge page pays once, to be split, is shared by all its pages.
 */
#define SAMPLED_PAGES 4096u
#define RUN_PAGES 512u
#define RUN_BYTES ((size_t)RUN_PAGES * PAGE_BYTES)
/* Enough that the kernel's per-CPU counters of kernel stacks blur little. */
#define WEIGHED_TASKS 32
/* Copies of a parent this large, fewer: each copy of its page tables takes its time. */
#define LARGE_BYTES (256u << 20)
#define WEIGHED_COPIES_LARGE 4
#define HUGE_BYTES (1u << 30)
#define WEIGHED_COPIES_HUGE 2

struct weight {
	double anonymous_kib, page_table_kib, kernel_stack_kib;
};

static void weigh_self(struct weight *ret)
{
	ret->anonymous_kib = process_smaps_kib("Anonymous");
	ret->page_table_kib = process_status(0, "VmPTE");
	ret->kernel_stack_kib = process_meminfo_kib("KernelStack");
}

static long minor_faults(void)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static size_t sampled_pages(const struct spawn_ballast *ballast)
{
	size_t pages = ballast->resident.bytes / PAGE_BYTES;

	return pages < SAMPLED_PAGES ? pages : SAMPLED_PAGES;
}

/* Where the i-th sampled page lies: all of a small memory, else runs spread evenly over it. */
static size_t sampled_offset(const struct spawn_ballast *ballast, size_t i)
{
	size_t runs = SAMPLED_PAGES / RUN_PAGES;
	size_t apart = ballast->resident.bytes / runs / RUN_BYTES * RUN_BYTES;

	if (ballast->resident.bytes / PAGE_BYTES <= SAMPLED_PAGES)
		return i * PAGE_BYTES;
	return i / RUN_PAGES * apart + i % RUN_PAGES * PAGE_BYTES;
}

/* Time to write every sampled page once, in ns a page. */
static double rewrite_ns(const struct spawn_loop *loop, struct spawn_ballast *ballast)
{
	size_t pages = sampled_pages(ballast);
	uint64_t begin = clock_start(loop->source);

	for (size_t i = 0; i < pages; i++)
		ballast->resident.memory[sampled_offset(ballast, i)]++;
	return (double)(clock_stop(loop->source) - begin) * loop->job->ns_per_tick / (double)pages;
}

/* Beside a living child each page that is written is copied, once. */
static void copy_beside_child(struct spawn_loop *loop, struct spawn_ballast *ballast)
{
	struct round *round = &loop->lane->round;
	double pages = (double)sampled_pages(ballast);
	long before = minor_faults();
	double ns = rewrite_ns(loop, ballast);
	double faults = (double)(minor_faults() - before);

	round_add_figure(round, "cow_ns_per_page", ns);
	round_add_figure(round, "cow_faults_per_page", faults / pages);
	if (!strcmp(loop->job->backing, "4k"))
		round_add_proof(round, "copied_pages", PROOF_AT_LEAST, pages, faults);
}

/*
 * What came from the process that prepared it is shared with that: written once, the
 * sampled pages are ours alone, as those of any parent are.  Huge ones would be split.
 */
static void own_sampled(const struct spawn_loop *loop, struct spawn_ballast *ballast)
{
	if (loop->job->prepared && strcmp(loop->job->backing, "thp"))
		(void)rewrite_ns(loop, ballast);
}

/* The same pages again when another child has come and gone: now they are ours alone. */
static int copy_figures(struct spawn_loop *loop, struct spawn_ballast *ballast)
{
	uint32_t started;
	int error;

	own_sampled(loop, ballast);
	error = spawn_loop_hold(loop, 1, &started);
	if (!error)
		copy_beside_child(loop, ballast);
	error = error ? error : spawn_loop_let_go(loop, started);
	if (!error)
		error = spawn_loop_hold(loop, 1, &started);
	if (!error)
		error = spawn_loop_let_go(loop, started);
	if (!error)
		round_add_figure(&loop->lane->round, "refault_ns_per_page",
				 rewrite_ns(loop, ballast));
	return error;
}

/* Threads and coroutines: what the process as a whole has grown by. */
static double thread_figures(struct round *round, const struct weight *before,
			     const struct weight *now, double tasks)
{
	double stack = (now->anonymous_kib - before->anonymous_kib) / tasks;
	double tables = (now->page_table_kib - before->page_table_kib) / tasks;

	if (before->anonymous_kib < 0 || before->page_table_kib < 0)
		return -1;
	round_add_figure(round, "stack_kib_per_task", stack);
	round_add_figure(round, "page_table_kib_per_task", tables);
	return stack + tables;
}

/* KiB of one child, or -1 when one of its files cannot be read. */
static double process_kib(pid_t pid, double *ret_tables)
{
	double clean = process_child_smaps_kib(pid, "Private_Clean");
	double dirty = process_child_smaps_kib(pid, "Private_Dirty");

	*ret_tables = process_status(pid, "VmPTE");
	return clean < 0 || dirty < 0 || *ret_tables < 0 ? -1 : clean + dirty;
}

/* A copy of 4 KiB pages has a page table, of a page itself, for each 512 of them. */
static void prove_copy(const struct spawn_loop *loop, double tables_kib)
{
	unsigned int traits = loop->spawner->about.traits;

	if (traits & SPAWN_COPIES && !(traits & SPAWN_EXEC) && loop->job->rss &&
	    !strcmp(loop->job->backing, "4k"))
		round_add_proof(&loop->lane->round, "page_tables_kib", PROOF_AT_LEAST,
				(double)(loop->job->rss / RUN_BYTES * PAGE_BYTES / 1024),
				tables_kib);
}

static double process_figures(const struct spawn_loop *loop, uint32_t count)
{
	struct round *round = &loop->lane->round;
	const struct spawn_tasks *tasks = loop->tasks;
	double private_kib = 0, all_tables = 0;

	for (uint32_t i = 0; i < count; i++) {
		double tables, kib = process_kib(tasks->task[i].pid, &tables);

		if (kib < 0)
			return -1;
		private_kib += kib;
		all_tables += tables;
	}
	round_add_figure(round, "private_kib_per_task", private_kib / count);
	round_add_figure(round, "page_table_kib_per_task", all_tables / count);
	prove_copy(loop, all_tables / count);
	return (private_kib + all_tables) / count;
}

/* The kernel's own count of what lives, where it has one for us alone. */
static void prove_alive(struct spawn_loop *loop, uint32_t started, double threads_before)
{
	double alive = 0;

	if (loop->spawner->about.traits & SPAWN_THREAD) {
		alive = process_status(0, "Threads") - threads_before;
	} else {
		for (uint32_t i = 0; i < started; i++)
			alive += process_is_alive(loop->tasks->task[i].pid);
	}
	round_add_proof(&loop->lane->round, "tasks_alive", PROOF_EQUAL, started, alive);
}

/* A held task has run once it has counted itself; a target, once it has reported. */
static int wait_until_running(struct spawn_loop *loop, uint32_t count)
{
	const struct timespec pause = { 0, 200000 };
	bool is_exec = loop->spawner->about.traits & SPAWN_EXEC;

	for (int look = 0; look < 25000; look++) {
		uint32_t running = 0;

		for (uint32_t i = 0; i < count; i++)
			running += __atomic_load_n(is_exec ? &loop->tasks->task[i].exec_first
							   : &loop->tasks->task[i].first,
						   __ATOMIC_ACQUIRE) != 0;
		if (running == count)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

/* Detached threads of the window may still be on their way out: let them go. */
static double settled_threads(size_t ballast_threads)
{
	const struct timespec pause = { 0, 200000 };
	double own = 1 + (double)ballast_threads, threads = process_status(0, "Threads");

	for (int look = 0; look < 5000 && threads > own; look++) {
		nanosleep(&pause, NULL);
		threads = process_status(0, "Threads");
	}
	return threads;
}

static int weigh_tasks(struct spawn_loop *loop, uint32_t count, size_t ballast_threads)
{
	struct round *round = &loop->lane->round;
	unsigned int traits = loop->spawner->about.traits;
	bool has_memory = traits & SPAWN_PROCESS && !(traits & SPAWN_SHARES);
	bool is_user = traits & SPAWN_USER;
	double threads = settled_threads(ballast_threads), kib, kernel_stack;
	struct weight before, now;
	uint32_t started;
	int error, failed;

	weigh_self(&before);
	error = spawn_loop_hold(loop, count, &started);
	if (!error)
		error = wait_until_running(loop, started);
	if (!error) {
		weigh_self(&now);
		kernel_stack = (now.kernel_stack_kib - before.kernel_stack_kib) / started;
		kib = has_memory ? process_figures(loop, started)
				 : thread_figures(round, &before, &now, started);
		if (!is_user) {
			prove_alive(loop, started, threads);
			if (before.kernel_stack_kib >= 0)
				round_add_figure(round, "kernel_stack_kib_per_task", kernel_stack);
		}
		if (kib >= 0 && before.kernel_stack_kib >= 0)
			round_add_figure(round, "kib_per_task", kib + (is_user ? 0 : kernel_stack));
	}
	failed = spawn_loop_let_go(loop, started);
	return error ? error : failed;
}

static bool can_be_weighed(const struct spawner *spawner, bool is_foreign)
{
	unsigned int traits = spawner->about.traits;

	if (spawner == &spawner_null || traits & SPAWN_WAITS)
		return false;
	if (traits & SPAWN_EXEC)
		return !is_foreign && !(traits & SPAWN_NO_PID);
	return !(traits & SPAWN_SUSPENDS);
}

/* With tasks of their own, all held: those of the window may be one alone. */
static int figures_of(struct spawn_loop *loop, struct spawn_ballast *ballast)
{
	unsigned int traits = loop->spawner->about.traits;
	int error = 0;

	if (traits & SPAWN_COPIES && !(traits & SPAWN_EXEC) && ballast->resident.bytes)
		error = copy_figures(loop, ballast);
	return error ? error : weigh_tasks(loop, loop->tasks->count, ballast->thread_count);
}

/* As many as the window had alive; else enough for a mean, if that is not too dear. */
static uint32_t weighed_tasks(const struct spawner *spawner, const struct spawn_ballast *ballast,
			      const struct spawn_config *config)
{
	if (config->alive > 1)
		return config->alive;
	if (!(spawner->about.traits & SPAWN_COPIES) || ballast->resident.bytes < LARGE_BYTES)
		return WEIGHED_TASKS;
	return ballast->resident.bytes < HUGE_BYTES ? WEIGHED_COPIES_LARGE : WEIGHED_COPIES_HUGE;
}

static int run_with_held(struct spawn_loop *loop, const struct spawn_config *config,
			 struct spawn_ballast *ballast)
{
	bool is_exec = loop->spawner->about.traits & SPAWN_EXEC;
	struct spawn_config many = *config;
	struct spawn_tasks tasks;
	const char *reason = "";
	int error;

	many.alive = weighed_tasks(loop->spawner, ballast, config);
	error = spawn_tasks_init(&tasks, many.alive, true, loop->source,
				 is_exec ? config->target : NULL, false, NULL);
	if (error)
		return error;
	loop->tasks = &tasks;
	if (loop->state)
		memset(loop->state, 0, loop->spawner->state_bytes);
	error = loop->spawner->open(loop->state, &many, &reason);
	if (!error) {
		error = figures_of(loop, ballast);
		loop->spawner->close(loop->state);
	}
	spawn_tasks_done(&tasks);
	return error;
}

void spawn_memory_figures(const struct spawn_loop *window, struct spawn_ballast *ballast,
			  const struct spawn_config *config)
{
	struct spawn_loop loop = *window;

	if (window->lane->round.status != ROUND_MEASURED ||
	    !can_be_weighed(window->spawner, window->is_foreign))
		return;
	loop.is_recording = false;
	/* A limit that the window itself did not meet costs figures, not the round. */
	(void)run_with_held(&loop, config, ballast);
}
