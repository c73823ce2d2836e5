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
/* Of the memory that the kernel calls available, what the copies may take. */
#define MEMORY_SHARE 0.8
/* Enough that the kernel's per-CPU counters of kernel stacks blur little. */
#define WEIGHED_TASKS 32
/* Of a parent this large, fewer: each copy of its page tables takes its time. */
#define LARGE_BYTES (256u << 20)
#define WEIGHED_TASKS_LARGE 4

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

/* Time to write every page of the ballast once, in ns a page. */
static double rewrite_ns(const struct spawn_loop *loop, struct spawn_ballast *ballast)
{
	uint64_t begin = clock_start(loop->source);

	for (size_t offset = 0; offset < ballast->rss_bytes; offset += PAGE_BYTES)
		ballast->memory[offset]++;
	return (double)(clock_stop(loop->source) - begin) * loop->job->ns_per_tick /
	       ((double)ballast->rss_bytes / PAGE_BYTES);
}

static int copy_figures(struct spawn_loop *loop, struct spawn_ballast *ballast)
{
	struct round *round = &loop->lane->round;
	double pages = (double)ballast->rss_bytes / PAGE_BYTES;
	uint32_t started;
	long faults;
	int error;

	/* Every page is copied beside the child: without room for that, no figure. */
	if (process_meminfo_kib("MemAvailable") * MEMORY_SHARE < (double)ballast->rss_bytes / 1024)
		return 0;
	error = spawn_loop_hold(loop, 1, &started);

	if (!error) {
		faults = minor_faults();
		round_add_figure(round, "cow_ns_per_page", rewrite_ns(loop, ballast));
		round_add_figure(round, "cow_faults_per_page",
				 (double)(minor_faults() - faults) / pages);
	}
	error = error ? error : spawn_loop_let_go(loop, started);
	if (!error)
		error = spawn_loop_hold(loop, 1, &started);
	if (!error)
		error = spawn_loop_let_go(loop, started);
	if (!error)
		round_add_figure(round, "refault_ns_per_page", rewrite_ns(loop, ballast));
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

static double process_figures(struct round *round, const struct spawn_tasks *tasks,
			      uint32_t count)
{
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
		kib = has_memory ? process_figures(round, loop->tasks, started)
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

	if (traits & SPAWN_COPIES && !(traits & SPAWN_EXEC) && ballast->rss_bytes)
		error = copy_figures(loop, ballast);
	return error ? error : weigh_tasks(loop, loop->tasks->count, ballast->thread_count);
}

static int run_with_held(struct spawn_loop *loop, const struct spawn_config *config,
			 struct spawn_ballast *ballast)
{
	bool is_exec = loop->spawner->about.traits & SPAWN_EXEC;
	struct spawn_config many = *config;
	struct spawn_tasks tasks;
	const char *reason = "";
	int error;

	many.alive = config->alive > 1 ? config->alive
		   : ballast->rss_bytes >= LARGE_BYTES ? WEIGHED_TASKS_LARGE : WEIGHED_TASKS;
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
