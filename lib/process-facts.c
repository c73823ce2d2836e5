/* SPDX-License-Identifier: MIT */
#include "process-facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "sysfile.h"

static double keyed(const char *path, const char *key)
{
	int64_t value;

	return sysfile_read_keyed_integer("", path, key, &value) ? -1 : (double)value;
}

double process_meminfo_kib(const char *key)
{
	return keyed("/proc/meminfo", key);
}

double process_smaps_kib(const char *key)
{
	return keyed("/proc/self/smaps_rollup", key);
}

double process_child_smaps_kib(pid_t pid, const char *key)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	return keyed(path, key);
}

double process_status(pid_t pid, const char *key)
{
	char path[64] = "/proc/self/status";

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	return keyed(path, key);
}

double process_forks_since_boot(void)
{
	return keyed("/proc/stat", "processes");
}

double process_migrations(void)
{
	return keyed("/proc/thread-self/sched", "se.nr_migrations");
}

static void limit_text(char *ret, size_t size)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) || limit.rlim_cur == RLIM_INFINITY)
		snprintf(ret, size, "unlimited");
	else
		snprintf(ret, size, "%llu", (unsigned long long)limit.rlim_cur);
}

void process_limit_reason(char *ret, size_t size, uint64_t tasks)
{
	char limit[32], pids[32] = "absent", pid_max[32] = "unknown", threads_max[32] = "unknown";
	struct sysfile_cgroup group;

	limit_text(limit, sizeof(limit));
	if (!sysfile_cgroup_find("", "pids", &group))
		sysfile_cgroup_text("", &group, "pids.max", pids, sizeof(pids));
	sysfile_read_text("", "/proc/sys/kernel/pid_max", pid_max, sizeof(pid_max));
	sysfile_read_text("", "/proc/sys/kernel/threads-max", threads_max, sizeof(threads_max));
	snprintf(ret, size,
		 "only %llu tasks could live at once: raise what binds of RLIMIT_NPROC %s, "
		 "pids.max %s, pid_max %s, threads-max %s, memory",
		 (unsigned long long)tasks, limit, *pids ? pids : "absent", pid_max, threads_max);
}
