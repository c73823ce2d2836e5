/* SPDX-License-Identifier: MIT */
/*
 * host/noise - finds what on this machine may distort a measurement, without
 * privileges: handoff-method(7) NOISE.
 *
 * noise_snapshot_take() reads counters and settings once before and once
 * after the measured time; noise_judge() compares them and reads nothing:
 * pure.  noise_gap_scan() looks for stolen time that no counter shows.
 * Only what differs from a sane default becomes a warning, so that a list of
 * warnings stays worth reading.
 *
 * A check is one function and one entry in the table at the end of
 * host/noise-checks.c (settings, and the state before the run) or of
 * host/noise-events.c (what happened between two snapshots).
 *
 * Units are in the names.  What could not be read is negative (nice values
 * and policy: 0, the default) and is never warned of.
 * Ownership: a snapshot owns memory, noise_snapshot_done() gives it back.
 * Errors: 0 or -errno.  Threads: no state; any number may call.
 */
#ifndef HANDOFF_NOISE_H
#define HANDOFF_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/environment.h"
#include "kernel/file-access.h"
#include "kernel/standstill.h"

enum warning_severity {
	WARNING_INFORM,		/* explains a figure */
	WARNING_WARN,		/* distorts figures */
	WARNING_REFUSE,		/* no baseline should be taken like this */
};

struct warning {
	enum warning_severity severity;
	const char *check;	/* static: the check's name, "steal" */
	char found[160];
	char effect[160];
	char fix[256];
};

/* More than all checks there are. */
#define NOISE_WARNINGS_MAX 64

/* Counters since boot of a measured CPU, or of one that shares its core. */
struct noise_cpu {
	int cpu;
	bool is_measured;	/* false: only a sibling of a measured one */
	int64_t total_ticks;
	int64_t idle_ticks;
	int64_t steal_ticks;
	int64_t device_interrupts;
	int64_t throttles;	/* thermal, of the core and its package */
};

/* What remedies write; of control groups, the file of ours. */
enum noise_file {
	NOISE_FILE_NONE,
	NOISE_FILE_CLOCKSOURCE,
	NOISE_FILE_GOVERNOR,
	NOISE_FILE_THP,
	NOISE_FILE_KSM,
	NOISE_FILE_SMT,
	NOISE_FILE_IRQ,
	NOISE_FILE_ASLR,
	NOISE_FILE_AUTOGROUP,
	NOISE_FILE_TRACER,
	NOISE_FILE_NMI_WATCHDOG,
	NOISE_FILE_NUMA_BALANCING,
	NOISE_FILE_CPU_MAX,
	NOISE_FILE_CPU_QUOTA,
	NOISE_FILE_CPUSET,
	NOISE_FILE_PIDS_MAX,
	NOISE_FILE_MEMORY_MAX,
	NOISE_FILE_MEMORY_LIMIT,
	NOISE_FILES,
};

struct noise_snapshot {
	int64_t taken_ns;	/* CLOCK_MONOTONIC */
	struct noise_cpu *cpus;
	size_t cpus_count;

	/* counters since boot */
	int64_t interrupts;
	int64_t context_switches;
	int64_t forks;
	int64_t cgroup_throttles;	/* of our group and those above it */
	int64_t huge_page_collapses;
	int64_t compactions;		/* stalls and daemon wake-ups */
	int64_t numa_hint_faults;
	int64_t numa_pages_migrated;
	int64_t swapped_in_pages;
	int64_t swapped_out_pages;

	/* the state at that moment */
	double pressure_cpu_percent;	/* PSI: some, average of 10 s */
	double pressure_io_percent;
	double pressure_memory_percent;
	int64_t runnable_others;	/* tasks, without the caller */
	int64_t unwritten_kib;		/* dirty and in write-back */

	/* settings of the machine */
	int64_t ksm_run;
	int64_t numa_balancing;
	int64_t nmi_watchdog;
	bool on_battery;
	char debug_kernel[64];		/* what makes it one; "" if nothing */
	char tracer[64];		/* the ftrace tracer in use; "" */

	/* which remedies there are */
	bool is_root;
	bool has_tsc;			/* as a clocksource that may be chosen */
	bool has_performance;		/* as a governor that may be chosen */
	int64_t cpuset_cpus;		/* that our cpuset grants */
	int cgroup_version;		/* of the cpu controller; 0 none */
	int memory_version;		/* of the memory controller */
	bool is_smt_on;			/* and may be switched off */
	bool may_raise_limits;		/* CAP_SYS_RESOURCE */
	int64_t group_tasks_max;	/* pids.max */
	int64_t processes_max;		/* RLIMIT_NPROC, soft; < 0 none binds */
	int64_t processes_hard_max;
	enum file_access access[NOISE_FILES];

	/* settings of this process and its control group */
	int allowed_cpus;
	int policy;			/* SCHED_* */
	int nice;
	int autogroup_nice;		/* 0 also while autogroup is off */
	int64_t timer_slack_ns;
	int64_t seccomp_filters;	/* 0 when no seccomp mode is on */
	int64_t tracer_pid;
	bool is_proc_missing;
	bool is_proc_foreign;		/* of another PID namespace */
	bool is_layout_fixed;		/* personality ADDR_NO_RANDOMIZE */
	int64_t tasks_max;		/* lower of pids.max, RLIMIT_NPROC */
	int64_t memory_max_bytes;
};

/*
 * Takes a snapshot for the CPUs that will be measured, and finds those that
 * share their cores.  -ENOMEM, or -EINVAL for a null argument; *ret then
 * needs no done.
 */
int noise_snapshot_take(const char *root, const int cpus[], size_t cpus_count,
			struct noise_snapshot *ret);

/* Also for a zeroed snapshot, or one already done. */
void noise_snapshot_done(struct noise_snapshot *snapshot);

/* cpu's entry, or NULL. */
const struct noise_cpu *noise_snapshot_cpu(const struct noise_snapshot *from,
					   int cpu);

/*
 * Writes the warnings, at most max (NOISE_WARNINGS_MAX is always enough), to
 * ret, and how many to *ret_count.  after may be NULL: then only settings and
 * the state before the run are judged.  With after, everything is.
 * -ENOSPC when max was too small; the first max are there.
 */
int noise_judge(const struct noise_snapshot *before,
		const struct noise_snapshot *after,
		const struct environment *environment, struct warning *ret,
		size_t max, size_t *ret_count);

struct noise_gaps {
	uint64_t scanned_ns;
	uint64_t floor_ns;	/* what counts as lost: longer than this */
	uint64_t lost_ns;	/* sum of the gaps above the floor */
	uint64_t max_ns;
	uint64_t over_5us;	/* how many; each includes the longer ones */
	uint64_t over_20us;
	uint64_t over_100us;
};

/*
 * Reads ticks() in a loop for duration_ns, on cpu (the calling thread is
 * pinned and then put back; cpu < 0: where it is).  Every step longer than
 * the floor, 500 ns or four times the shortest step if that is more, was
 * taken from us.  Errors: -EINVAL, those of pinning, -ETIME when ticks()
 * stands still, -EIO when it runs backwards.
 */
int noise_gap_scan(uint64_t (*ticks)(void), double ns_per_tick,
		   uint64_t duration_ns, int cpu, struct noise_gaps *ret);

/*
 * Whether the gaps are worth a warning: > 0.5 % lost or one > 1 ms.  allowed_cpus: that
 * this process may use; < 0 unknown.
 */
bool noise_gap_judge(const struct noise_gaps *gaps, int cpu,
		     int allowed_cpus, struct warning *ret);

/* The warning where the scan failed with error: then nobody has looked. */
void noise_gap_unknown(int error, int cpu, struct warning *ret);

/* Whether the run stood still, or the machine slept, for as long as is worth a warning. */
bool noise_standstill_judge(const struct standstill *standstill, struct warning *ret);

/* What follows is for the noise-*.c files. */

/* The sum of two counters; of one alone where the other is unknown. */
static inline int64_t noise_sum(int64_t a, int64_t b)
{
	int64_t sum;

	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return __builtin_add_overflow(a, b, &sum) ? -1 : sum;
}

/* Fills the settings of a snapshot whose numbers are read already. */
void noise_read_settings(const char *root, struct noise_snapshot *ret);

struct noise_case {
	const struct noise_snapshot *before;
	const struct noise_snapshot *after;	/* NULL in a settings check */
	const struct environment *environment;
};

struct noise_check {
	const char *name;
	enum warning_severity severity;
	/* Whether to warn; writes found, and may lower or raise severity. */
	bool (*judge)(const struct noise_case *c, struct warning *w);
	const char *effect;
	const char *fix;	/* where no entry of host/noise-remedies is possible */
};

extern const struct noise_check noise_setting_checks[];
extern const size_t noise_setting_checks_count;
extern const struct noise_check noise_event_checks[];
extern const size_t noise_event_checks_count;

/* Writes w->found; always true, so that a check can end with it. */
bool noise_found(struct warning *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
