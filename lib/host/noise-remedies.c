/* SPDX-License-Identifier: MIT */
#include "host/noise-remedies.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "kernel/capability.h"
#include "kernel/file-access.h"
#include "kernel/sysfile.h"

static bool is_cpu_version_1(const struct noise_case *c)
{
	return c->before->cgroup_version == 1;
}

static bool is_cpu_version_2(const struct noise_case *c)
{
	return c->before->cgroup_version == 2;
}

static bool is_memory_version_1(const struct noise_case *c)
{
	return c->before->memory_version == 1;
}

static bool is_memory_version_2(const struct noise_case *c)
{
	return c->before->memory_version == 2;
}

static bool is_container(const struct noise_case *c)
{
	return *c->environment->container;
}

static bool is_bare(const struct noise_case *c)
{
	return !is_container(c);
}

static bool has_tsc(const struct noise_case *c)
{
	return c->before->has_tsc;
}

static bool is_guest_without_tsc(const struct noise_case *c)
{
	return !has_tsc(c) && *c->environment->hypervisor;
}

static bool is_machine_without_tsc(const struct noise_case *c)
{
	return !has_tsc(c) && !*c->environment->hypervisor;
}

static bool has_performance(const struct noise_case *c)
{
	return c->before->has_performance;
}

/* A mask is taken off by whoever starts us, a cpuset by its owner. */
static bool is_masked(const struct noise_case *c)
{
	return c->before->cpuset_cpus < 0 || c->before->allowed_cpus < c->before->cpuset_cpus;
}

static bool is_cpuset_narrow(const struct noise_case *c)
{
	return c->before->cpuset_cpus >= 0 && c->before->allowed_cpus >= c->before->cpuset_cpus;
}

static bool is_cpuset_of_container(const struct noise_case *c)
{
	return is_cpuset_narrow(c) && is_container(c);
}

static bool is_layout_fixed(const struct noise_case *c)
{
	return c->before->is_layout_fixed;
}

static bool is_layout_fixed_for_all(const struct noise_case *c)
{
	return !is_layout_fixed(c);
}

/* Unknown counts as several. */
static bool has_other_cpu(const struct noise_case *c)
{
	return c->before->allowed_cpus != 1;
}

static bool has_several_cpus(const struct noise_case *c)
{
	return c->environment->cpus != 1;
}

static bool has_threads_of_core(const struct noise_case *c)
{
	return c->before->is_smt_on;
}

static bool has_several_nodes(const struct noise_case *c)
{
	return c->environment->nodes > 1;
}

static bool does_group_bind_tasks(const struct noise_case *c)
{
	return c->before->group_tasks_max >= 0 &&
	       c->before->group_tasks_max <= c->before->tasks_max;
}

static bool does_account_bind_tasks(const struct noise_case *c)
{
	return c->before->processes_max >= 0 && c->before->processes_max <= c->before->tasks_max;
}

/* Unlimited is negative. */
static bool may_raise_processes(const struct noise_case *c)
{
	return does_account_bind_tasks(c) &&
	       (c->before->may_raise_limits || c->before->processes_hard_max < 0 ||
		c->before->processes_hard_max > c->before->processes_max);
}

static bool may_only_root_raise_processes(const struct noise_case *c)
{
	return does_account_bind_tasks(c) && !may_raise_processes(c);
}

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"
#define SMT "/sys/devices/system/cpu/smt/control"

/* Of the files of a control group only the name: their directory is found. */
static const struct {
	const char *path, *controller;
} files[NOISE_FILES] = {
	[NOISE_FILE_CLOCKSOURCE] = { CLOCKSOURCE, NULL },
	[NOISE_FILE_GOVERNOR] = { "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", NULL },
	[NOISE_FILE_THP] = { THP, NULL },
	[NOISE_FILE_KSM] = { "/sys/kernel/mm/ksm/run", NULL },
	[NOISE_FILE_SMT] = { SMT, NULL },
	[NOISE_FILE_IRQ] = { "/proc/irq/default_smp_affinity", NULL },
	[NOISE_FILE_ASLR] = { "/proc/sys/kernel/randomize_va_space", NULL },
	[NOISE_FILE_AUTOGROUP] = { "/proc/self/autogroup", NULL },
	[NOISE_FILE_TRACER] = { "/sys/kernel/tracing/current_tracer", NULL },
	[NOISE_FILE_NMI_WATCHDOG] = { "/proc/sys/kernel/nmi_watchdog", NULL },
	[NOISE_FILE_NUMA_BALANCING] = { "/proc/sys/kernel/numa_balancing", NULL },
	[NOISE_FILE_CPU_MAX] = { "cpu.max", "cpu" },
	[NOISE_FILE_CPU_QUOTA] = { "cpu.cfs_quota_us", "cpu" },
	[NOISE_FILE_CPUSET] = { "cpuset.cpus", "cpuset" },
	[NOISE_FILE_PIDS_MAX] = { "pids.max", "pids" },
	[NOISE_FILE_MEMORY_MAX] = { "memory.max", "memory" },
	[NOISE_FILE_MEMORY_LIMIT] = { "memory.limit_in_bytes", "memory" },
};

static const struct {
	const char *check;
	enum noise_file file;    /* that it writes */
	bool (*does_help)(const struct noise_case *c);    /* NULL: always */
	const char *words;
} remedies[] = {
	{ "clocksource", NOISE_FILE_CLOCKSOURCE, has_tsc, "echo tsc > " CLOCKSOURCE },
	{ "clocksource", NOISE_FILE_NONE, is_guest_without_tsc,
	  "choose a kind of virtual machine whose TSC the kernel trusts" },
	{ "clocksource", NOISE_FILE_NONE, is_machine_without_tsc,
	  "boot with tsc=reliable, if the TSC is known to be" },
	{ "cgroup-quota", NOISE_FILE_CPU_MAX, is_cpu_version_2, "echo max > cpu.max of the group" },
	{ "cgroup-quota", NOISE_FILE_CPU_QUOTA, is_cpu_version_1,
	  "echo -1 > cpu.cfs_quota_us of the group" },
	{ "cgroup-quota", NOISE_FILE_NONE, is_container, "start the container without a CPU limit" },
	{ "cgroup-throttled", NOISE_FILE_CPU_MAX, is_cpu_version_2,
	  "echo max > cpu.max of the group" },
	{ "cgroup-throttled", NOISE_FILE_CPU_QUOTA, is_cpu_version_1,
	  "echo -1 > cpu.cfs_quota_us of the group" },
	{ "cgroup-throttled", NOISE_FILE_NONE, is_container,
	  "start the container without a CPU limit" },
	{ "affinity", NOISE_FILE_NONE, is_masked, "start without taskset" },
	{ "affinity", NOISE_FILE_CPUSET, is_cpuset_narrow, "widen cpuset.cpus of the group" },
	{ "affinity", NOISE_FILE_NONE, is_cpuset_of_container, "start the container with more CPUs" },
	{ "governor", NOISE_FILE_GOVERNOR, has_performance,
	  "echo performance | tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor" },
	{ "thp", NOISE_FILE_THP, NULL, "echo madvise > " THP },
	{ "ksm", NOISE_FILE_KSM, NULL, "echo 0 > /sys/kernel/mm/ksm/run" },
	{ "aslr", NOISE_FILE_NONE, is_layout_fixed, "start without setarch -R" },
	{ "aslr", NOISE_FILE_ASLR, is_layout_fixed_for_all, "sysctl kernel.randomize_va_space=2" },
	{ "autogroup", NOISE_FILE_AUTOGROUP, NULL, "echo 0 > /proc/self/autogroup" },
	{ "autogroup", NOISE_FILE_NONE, NULL, "start under setsid" },
	{ "seccomp", NOISE_FILE_NONE, is_container,
	  "run outside the container, or with seccomp unconfined" },
	{ "seccomp", NOISE_FILE_NONE, is_bare,
	  "start from a shell or a service without SystemCallFilter= and sandbox" },
	{ "tracing", NOISE_FILE_TRACER, NULL, "echo nop > /sys/kernel/tracing/current_tracer" },
	{ "nmi-watchdog", NOISE_FILE_NMI_WATCHDOG, NULL, "sysctl kernel.nmi_watchdog=0" },
	{ "task-limit", NOISE_FILE_PIDS_MAX, does_group_bind_tasks, "raise pids.max of the group" },
	{ "task-limit", NOISE_FILE_NONE, may_raise_processes, "raise ulimit -u" },
	{ "task-limit", NOISE_FILE_NONE, may_only_root_raise_processes,
	  "root: raise the hard limit (ulimit -Hu, limits.conf, LimitNPROC=)" },
	{ "memory-limit", NOISE_FILE_MEMORY_MAX, is_memory_version_2, "raise memory.max of the group" },
	{ "memory-limit", NOISE_FILE_MEMORY_LIMIT, is_memory_version_1,
	  "raise memory.limit_in_bytes of the group" },
	{ "memory-limit", NOISE_FILE_NONE, is_container, "start the container with more memory" },
	{ "gaps", NOISE_FILE_NONE, has_other_cpu,
	  "choose another CPU, or a quieter machine or hour" },
	{ "interrupts", NOISE_FILE_NONE, has_other_cpu, "choose another CPU" },
	{ "interrupts", NOISE_FILE_IRQ, has_several_cpus, "write /proc/irq/N/smp_affinity_list" },
	{ "smt-sibling", NOISE_FILE_NONE, NULL, "keep the whole core free" },
	{ "smt-sibling", NOISE_FILE_SMT, has_threads_of_core, "echo off > " SMT },
	{ "compaction", NOISE_FILE_THP, NULL, "echo madvise > " THP },
	{ "compaction", NOISE_FILE_NONE, NULL, "free memory" },
	{ "numa-balancing", NOISE_FILE_NONE, has_several_nodes, "bind memory with --memory" },
	{ "numa-balancing", NOISE_FILE_NUMA_BALANCING, NULL, "sysctl kernel.numa_balancing=0" },
};

/* NULL: nobody can do it here. */
static const char *prefix_of(const struct noise_case *c, enum noise_file file)
{
	return file == NOISE_FILE_NONE
		? "" : file_access_prefix(c->before->access[file], c->before->is_root);
}

static void append(char *text, size_t size, const char *prefix, const char *words)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s%s", length ? "; " : "", prefix, words);
}

bool noise_remedies_offer(const char *check, const struct noise_case *c, char *ret, size_t size)
{
	bool is_first = true;

	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		const char *prefix = prefix_of(c, remedies[i].file);

		if (strcmp(remedies[i].check, check) || !prefix ||
		    (remedies[i].does_help && !remedies[i].does_help(c)))
			continue;
		if (is_first)
			*ret = '\0';
		is_first = false;
		append(ret, size, prefix, remedies[i].words);
	}
	return !is_first;
}

static bool has_word(const char *root, const char *path, const char *word)
{
	char text[512], *rest;

	sysfile_read_text(root, path, text, sizeof(text));
	for (char *at = strtok_r(text, " ", &rest); at; at = strtok_r(NULL, " ", &rest))
		if (!strcmp(at, word))
			return true;
	return false;
}

/* The CPUs of our cpuset, by either version's file; -1 where that is unknown. */
static int64_t read_cpuset(const char *root)
{
	static const char *const names[] = {
		"cpuset.cpus.effective", "cpuset.effective_cpus",
		"cpuset.cpus",
	};
	struct sysfile_cgroup group;
	char path[SYSFILE_PATH_MAX + 32];

	if (sysfile_cgroup_find(root, "cpuset", &group))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int count;

		snprintf(path, sizeof(path), "%s/%s", group.path, names[i]);
		count = sysfile_count_list(root, path, NULL);
		if (count > 0)
			return count;
	}
	return -1;
}

/* Of our group, or of the nearest one above it that has the file. */
static enum file_access read_group_access(const char *root, const char *controller,
					  const char *name)
{
	struct sysfile_cgroup group;
	char path[SYSFILE_PATH_MAX + 32];

	if (sysfile_cgroup_find(root, controller, &group))
		return FILE_ACCESS_NONE;
	do {
		snprintf(path, sizeof(path), "%s/%s", group.path, name);
		if (sysfile_exists(root, path))
			return file_access(root, path);
	} while (sysfile_cgroup_climb(&group));
	return FILE_ACCESS_NONE;
}

static int read_version(const char *root, const char *controller)
{
	struct sysfile_cgroup group;

	return sysfile_cgroup_find(root, controller, &group) ? 0 : group.version;
}

static void read_access(const char *root, struct noise_snapshot *ret)
{
	for (int i = NOISE_FILE_NONE + 1; i < NOISE_FILES; i++)
		ret->access[i] = files[i].controller
			? read_group_access(root, files[i].controller, files[i].path)
			: file_access(root, files[i].path);
}

void noise_remedies_read(const char *root, struct noise_snapshot *ret)
{
	int64_t uid = -1;

	sysfile_read_keyed_integer(root, "/proc/self/status", "Uid", &uid);
	ret->is_root = uid == 0;
	ret->may_raise_limits = capability_is_effective(root, CAP_SYS_RESOURCE);
	ret->has_tsc = has_word(root, "/sys/devices/system/clocksource/"
				"clocksource0/available_clocksource", "tsc");
	ret->has_performance = has_word(root, "/sys/devices/system/cpu/cpufreq/"
					"policy0/scaling_available_governors",
					"performance");
	ret->is_smt_on = has_word(root, SMT, "on");
	ret->cpuset_cpus = read_cpuset(root);
	ret->cgroup_version = read_version(root, "cpu");
	ret->memory_version = read_version(root, "memory");
	read_access(root, ret);
}
