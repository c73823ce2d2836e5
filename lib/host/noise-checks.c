/* SPDX-License-Identifier: MIT */
/*
 * host/noise-checks - how the machine and this process are set, and how busy the
 * machine is before the run; see host/noise.h.  A check is one function and one
 * entry in the table at the end.
 */
#include "host/noise.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_TIMER_SLACK_NS 50000
#define FEW_TASKS 1024
#define LITTLE_MEMORY_BYTES (INT64_C(512) << 20)
#define MUCH_UNWRITTEN_KIB (64 << 10)
#define BUSY_PRESSURE_PERCENT 1.0

static int measured_cpus(const struct noise_snapshot *snapshot)
{
	int count = 0;

	for (size_t i = 0; i < snapshot->cpus_count; i++)
		count += snapshot->cpus[i].is_measured;
	return count;
}

static bool check_vm(const struct noise_case *c, struct warning *w)
{
	return *c->environment->hypervisor &&
	       noise_found(w, "virtual machine: %s",
			   c->environment->hypervisor);
}

/* Elsewhere than on x86 the one clock there is needs no judging. */
static bool check_clocksource(const struct noise_case *c, struct warning *w)
{
	const char *source = c->environment->clocksource;

	if (!strstr(c->environment->arch, "86") || !*source ||
	    !strcmp(source, "tsc"))
		return false;
	/* These two are read without entering the kernel, as tsc is. */
	if (!strcmp(source, "kvm-clock") || !strncmp(source, "hyperv", 6)) {
		w->severity = WARNING_WARN;
		snprintf(w->effect, sizeof(w->effect), "reading the time is "
			 "slower than with tsc, and the host may adjust it");
	}
	return noise_found(w, "clocksource is %s, not tsc", source);
}

static bool check_debug_kernel(const struct noise_case *c, struct warning *w)
{
	return *c->before->debug_kernel &&
	       noise_found(w, "debug kernel: %s", c->before->debug_kernel);
}

static bool check_quota(const struct noise_case *c, struct warning *w)
{
	double cpus = c->environment->cgroup_cpus;
	int measured = measured_cpus(c->before);

	return cpus >= 0 && cpus < measured &&
	       noise_found(w, "the control group grants %s, %d measured",
			   c->environment->cgroup_cpu_limit, measured);
}

static bool check_affinity(const struct noise_case *c, struct warning *w)
{
	int allowed = c->before->allowed_cpus;

	return allowed >= 0 && allowed < c->environment->cpus &&
	       noise_found(w, "%d of %d CPUs allowed", allowed,
			   c->environment->cpus);
}

/* userspace holds one frequency, as performance does. */
static bool check_governor(const struct noise_case *c, struct warning *w)
{
	const struct environment *environment = c->environment;
	const char *governor = environment->governor;

	if (!*governor || !strcmp(governor, "performance") ||
	    !strcmp(governor, "userspace"))
		return false;
	return noise_found(w, "governor %s (%s%s)", governor,
			   *environment->frequency_driver ?
			   environment->frequency_driver : "unknown driver",
			   environment->turbo == 1 ? ", turbo on" : "");
}

/*
 * The average still remembers what ended ten seconds ago, such as our own
 * last run; for CPU time only a task that is still there counts.
 */
static bool check_pressure(const struct noise_case *c, struct warning *w)
{
	const struct noise_snapshot *before = c->before;
	bool is_busy = before->pressure_cpu_percent > BUSY_PRESSURE_PERCENT &&
		       before->runnable_others != 0;

	return (is_busy ||
		before->pressure_io_percent > BUSY_PRESSURE_PERCENT ||
		before->pressure_memory_percent > BUSY_PRESSURE_PERCENT) &&
	       noise_found(w, "tasks waited in the last 10 s: "
			   "cpu %.2f %%, io %.2f %%, memory %.2f %%",
			   before->pressure_cpu_percent,
			   before->pressure_io_percent,
			   before->pressure_memory_percent);
}

/* One task is much on two CPUs, nothing on sixty-four. */
static bool check_load(const struct noise_case *c, struct warning *w)
{
	int64_t others = c->before->runnable_others;

	return others > 0 && c->environment->cpus > 0 &&
	       others >= c->environment->cpus / 4.0 &&
	       noise_found(w, "%lld other runnable tasks before the run",
			   (long long)others);
}

static bool check_unwritten(const struct noise_case *c, struct warning *w)
{
	return c->before->unwritten_kib > MUCH_UNWRITTEN_KIB &&
	       noise_found(w, "%lld MiB wait to be written to disk",
			   (long long)c->before->unwritten_kib >> 10);
}

static bool check_thp(const struct noise_case *c, struct warning *w)
{
	return !strcmp(c->environment->thp, "always") &&
	       noise_found(w, "transparent huge pages: always");
}

static bool check_ksm(const struct noise_case *c, struct warning *w)
{
	return c->before->ksm_run == 1 && noise_found(w, "KSM is running");
}

static bool check_aslr(const struct noise_case *c, struct warning *w)
{
	if (c->before->is_layout_fixed)
		return noise_found(w, "ASLR is off for this process");
	return c->environment->aslr == 0 &&
	       noise_found(w, "ASLR is off: kernel.randomize_va_space = 0");
}

static bool check_timer_slack(const struct noise_case *c, struct warning *w)
{
	return c->before->timer_slack_ns > DEFAULT_TIMER_SLACK_NS &&
	       noise_found(w, "timer slack %lld ns, default %d",
			   (long long)c->before->timer_slack_ns,
			   DEFAULT_TIMER_SLACK_NS);
}

static bool check_autogroup(const struct noise_case *c, struct warning *w)
{
	return c->before->autogroup_nice != 0 &&
	       noise_found(w, "this session's autogroup has nice %d",
			   c->before->autogroup_nice);
}

static bool check_policy(const struct noise_case *c, struct warning *w)
{
	return (c->before->policy != SCHED_OTHER || c->before->nice) &&
	       noise_found(w, "started with scheduling policy %d, nice %d",
			   c->before->policy, c->before->nice);
}

static bool check_seccomp(const struct noise_case *c, struct warning *w)
{
	return c->before->seccomp_filters > 0 &&
	       noise_found(w, "%lld seccomp filter(s) on this process",
			   (long long)c->before->seccomp_filters);
}

static bool check_ptrace(const struct noise_case *c, struct warning *w)
{
	return c->before->tracer_pid > 0 &&
	       noise_found(w, "traced by process %lld",
			   (long long)c->before->tracer_pid);
}

static bool check_proc(const struct noise_case *c, struct warning *w)
{
	if (c->before->is_proc_missing)
		return noise_found(w, "/proc is not mounted, or does not show this process");
	return c->before->is_proc_foreign &&
	       noise_found(w, "/proc shows another PID namespace");
}

static bool check_tracing(const struct noise_case *c, struct warning *w)
{
	return *c->before->tracer && strcmp(c->before->tracer, "nop") &&
	       noise_found(w, "ftrace tracer in use: %s", c->before->tracer);
}

static bool check_nmi_watchdog(const struct noise_case *c, struct warning *w)
{
	return c->before->nmi_watchdog == 1 &&
	       noise_found(w, "kernel.nmi_watchdog = 1");
}

static bool check_task_limit(const struct noise_case *c, struct warning *w)
{
	return c->before->tasks_max >= 0 && c->before->tasks_max < FEW_TASKS &&
	       noise_found(w, "at most %lld tasks (pids.max, RLIMIT_NPROC)",
			   (long long)c->before->tasks_max);
}

static bool check_memory_limit(const struct noise_case *c, struct warning *w)
{
	return c->before->memory_max_bytes >= 0 &&
	       c->before->memory_max_bytes < LITTLE_MEMORY_BYTES &&
	       noise_found(w, "the control group may use %lld MiB",
			   (long long)c->before->memory_max_bytes >> 20);
}

static bool check_battery(const struct noise_case *c, struct warning *w)
{
	return c->before->on_battery && noise_found(w, "on battery");
}

const struct noise_check noise_setting_checks[] = {
	{ "vm", WARNING_INFORM, check_vm,
	  "interrupts between CPUs, halts and timers leave the guest; the "
	  "host may take CPU time unseen",
	  "compare with the same kind of virtual machine only" },
	{ "clocksource", WARNING_REFUSE, check_clocksource,
	  "every reading of the time is a system call or a device access",
	  "compare with runs under the same clocksource only" },
	{ "debug-kernel", WARNING_REFUSE, check_debug_kernel,
	  "every cost in the kernel is 2 to 10 times as high",
	  "boot a kernel built without debugging" },
	{ "cgroup-quota", WARNING_REFUSE, check_quota,
	  "the group is stopped for 10-100 ms whenever its quota is used up",
	  "start in a group without a CPU limit" },
	{ "affinity", WARNING_WARN, check_affinity,
	  "placements on the other CPUs are skipped",
	  "start where more CPUs are allowed" },
	{ "governor", WARNING_WARN, check_governor,
	  "the clock rises and falls with load: slow starts and drift",
	  "compare with runs under the same governor only" },
	{ "pressure", WARNING_WARN, check_pressure,
	  "other work competes with what is measured",
	  "wait until it has ended (the average spans 10 s)" },
	{ "load", WARNING_WARN, check_load,
	  "other tasks take CPU time and caches from what is measured",
	  "stop them, or wait" },
	{ "unwritten", WARNING_WARN, check_unwritten,
	  "write-back competes with requests to disk",
	  "sync, then measure" },
	{ "thp", WARNING_INFORM, check_thp,
	  "page faults and forks cost up to 10 times more or less, by luck "
	  "of alignment",
	  "compare with runs under the same setting only" },
	{ "ksm", WARNING_WARN, check_ksm,
	  "its scanner takes CPU time; writes to merged pages fault",
	  "compare with runs while it scans, too" },
	{ "aslr", WARNING_INFORM, check_aslr,
	  "every round has the same memory layout, lucky or not",
	  "compare with runs of the same layout only" },
	{ "timer-slack", WARNING_INFORM, check_timer_slack,
	  "sleeps and timeouts end late by up to that much",
	  "start from a shell whose timer slack is the default" },
	{ "autogroup", WARNING_INFORM, check_autogroup,
	  "the whole session is weighed against other sessions",
	  "start under setsid" },
	{ "policy", WARNING_WARN, check_policy,
	  "measured tasks inherit it: wake-ups and preemption differ",
	  "start with the default policy and nice 0; choose with --sched" },
	{ "seccomp", WARNING_WARN, check_seccomp,
	  "every system call costs 20-500 ns more",
	  "start without the filter" },
	{ "ptrace", WARNING_WARN, check_ptrace,
	  "system calls and forks may stop for the tracer",
	  "run without strace or debugger" },
	{ "proc", WARNING_WARN, check_proc,
	  "what the kernel counts of other tasks is not measured; what a worker leaves behind "
	  "outside its process group is not looked for",
	  "root: mount -t proc proc /proc, or start by unshare --mount-proc" },
	{ "tracing", WARNING_WARN, check_tracing,
	  "traced kernel functions cost more",
	  "measure when the tracer has ended" },
	{ "nmi-watchdog", WARNING_INFORM, check_nmi_watchdog,
	  "a rare interrupt on each CPU, and one hardware counter taken",
	  "compare with runs under the same setting only" },
	{ "task-limit", WARNING_INFORM, check_task_limit,
	  "cells with many tasks fail with EAGAIN and are skipped",
	  "ask for fewer tasks" },
	{ "memory-limit", WARNING_INFORM, check_memory_limit,
	  "large sizes reclaim memory, or are killed",
	  "ask for smaller sizes" },
	{ "battery", WARNING_INFORM, check_battery,
	  "the clock is capped to save power",
	  "plug in" },
};

const size_t noise_setting_checks_count =
	sizeof(noise_setting_checks) / sizeof(noise_setting_checks[0]);
