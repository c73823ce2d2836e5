/* SPDX-License-Identifier: MIT */
#include "kernel/task-usage.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "kernel/affinity.h"
#include "kernel/clock.h"
#include "kernel/proc-task.h"
#include "kernel/process-facts.h"
#include "kernel/sysfile.h"

/* Clock ids of CPU time as the kernel has them (posix-timers.h): ~id << 3 | kind. */
#define CPU_CLOCK_SCHED 2
#define CPU_CLOCK_THREAD 4

/* Fields of /proc/TID/stat behind the name, counted from 0 (proc(5), less 3). */
#define STAT_MINFLT 7
#define STAT_PROCESSOR 36

static double seconds_to_ns(const struct timespec *time)
{
	return 1e9 * (double)time->tv_sec + (double)time->tv_nsec;
}

void task_usage_init(struct task_usage *ret)
{
	*ret = (struct task_usage){ .nvcsw = -1, .nivcsw = -1, .cpu_ns = -1, .minflt = -1,
				    .migrations = -1, .run_delay_ns = -1, .cpu = -1 };
}

/*
 * "run-ns run-delay-ns times": of one that runs, times is not 0, unless the kernel does not
 * count.
 */
static double read_run_delay(const char *path)
{
	char text[96] = "";
	unsigned long long delay, times;

	sysfile_read_text("", path, text, sizeof(text));
	return sscanf(text, "%*u %llu %llu", &delay, &times) == 2 && times ? (double)delay : -1;
}

/* A thread's own files: by its id alone they would be of all threads, and take as long. */
static void path_of(pid_t tid, bool is_process, const char *file, char ret[PROC_TASK_PATH_MAX])
{
	if (is_process)
		proc_task_path(tid, file, ret);
	else
		proc_thread_path(getpid(), tid, file, ret);
}

double task_run_delay_ns(pid_t tid, bool is_process)
{
	char path[PROC_TASK_PATH_MAX] = "/proc/thread-self/schedstat";

	if (tid)
		path_of(tid, is_process, "schedstat", path);
	return read_run_delay(path);
}

static void read_own(struct task_usage *ret)
{
	struct rusage usage;
	struct timespec time;

	if (!getrusage(RUSAGE_THREAD, &usage)) {
		ret->nvcsw = (double)usage.ru_nvcsw;
		ret->nivcsw = (double)usage.ru_nivcsw;
		ret->minflt = (double)usage.ru_minflt;
	}
	if (!clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time))
		ret->cpu_ns = seconds_to_ns(&time);
	ret->at_ns = clock_raw_ns();
}

void task_usage_own(bool is_behind, struct task_usage *ret)
{
	task_usage_init(ret);
	if (is_behind)
		read_own(ret);
	ret->run_delay_ns = task_run_delay_ns(0, false);
	ret->migrations = process_migrations();
	ret->cpu = sched_getcpu();
	if (!is_behind)
		read_own(ret);
}

static double keyed(pid_t tid, bool is_process, const char *file, const char *key)
{
	char path[PROC_TASK_PATH_MAX];
	int64_t value;

	path_of(tid, is_process, file, path);
	return sysfile_read_keyed_integer("", path, key, &value) ? -1 : (double)value;
}

/* The field of that number behind the name, which may hold anything, also ')'. */
static double stat_field(const char *text, int number)
{
	const char *at = strrchr(text, ')');
	double value;

	for (at = at ? at + 1 : NULL; at && number >= 0; number--)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %lf", &value) == 1 ? value : -1;
}

static void read_stat(pid_t tid, bool is_process, struct task_usage *ret)
{
	char path[PROC_TASK_PATH_MAX], text[1024] = "";

	path_of(tid, is_process, "stat", path);
	sysfile_read_text("", path, text, sizeof(text));
	ret->minflt = stat_field(text, STAT_MINFLT - 1);
	ret->cpu = (int)stat_field(text, STAT_PROCESSOR - 1);
}

void task_usage_other(pid_t tid, bool is_process, struct task_usage *ret)
{
	unsigned int kind = CPU_CLOCK_SCHED | (is_process ? 0 : CPU_CLOCK_THREAD);
	struct timespec time;

	task_usage_init(ret);
	if (!clock_gettime((clockid_t)(~(unsigned int)tid << 3 | kind), &time))
		ret->cpu_ns = seconds_to_ns(&time);
	ret->at_ns = clock_raw_ns();
	ret->run_delay_ns = task_run_delay_ns(tid, is_process);
	ret->nvcsw = keyed(tid, is_process, "status", "voluntary_ctxt_switches");
	ret->nivcsw = keyed(tid, is_process, "status", "nonvoluntary_ctxt_switches");
	ret->migrations = keyed(tid, is_process, "sched", "se.nr_migrations");
	read_stat(tid, is_process, ret);
	/* Where /proc does not tell, one that may run on one CPU only is there. */
	if (ret->cpu < 0)
		ret->cpu = affinity_only(tid);
}

#define STEPS_SEEN 8
#define STEPS_PATIENCE_NS 30000000u

static double thread_cpu_ns(void)
{
	struct timespec time;

	return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) ? 0 : seconds_to_ns(&time);
}

/* The least of some; where it does not move it is a tick, as long as any. */
static double look_at_steps(void)
{
	double least = 1e9 / (double)sysconf(_SC_CLK_TCK), last = thread_cpu_ns();
	uint64_t begin = clock_raw_ns();

	for (int seen = 0; seen < STEPS_SEEN && clock_raw_ns() - begin < STEPS_PATIENCE_NS;) {
		double now = thread_cpu_ns();

		if (!(now > last))
			continue;
		least = now - last < least ? now - last : least;
		last = now;
		seen++;
	}
	return least;
}

double task_cpu_step_ns(void)
{
	static double step_ns;

	if (!(step_ns > 0))
		step_ns = look_at_steps();
	return step_ns;
}
